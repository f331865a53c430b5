/**
 * What a rule is, and how a rule file becomes rules (docs/rules.md). Files are data of people: every problem is reported at once,
 * with file and line, and nothing half-valid is ever used.
 */
import type { Phase } from '../event.ts';
import { plainLetters } from './letters.ts';
import { isCategory, type Category, type Permanence } from './categories.ts';
import { alternatives, type Words } from './wording.ts';

/** One parsed TOML file. */
export interface RuleFile {
  /** File name such as `50-google.toml`: its number is the order. */
  readonly name: string;
  readonly table: Readonly<Record<string, unknown>>;
  /** Line of each `[[rule]]`, where known. */
  readonly lines: readonly number[];
}

export interface Rule {
  readonly id: string;
  readonly category: Category;
  /** Null: from the codes, else the category's own. */
  readonly permanence: Permanence | null;
  readonly confidence: number;
  /** Conditions: those given (not null) must all hold; within one, any value may. */
  readonly text: readonly (readonly string[])[] | null;
  readonly status: readonly string[] | null;
  readonly reply: readonly number[] | null;
  readonly remoteMta: readonly string[] | null;
  readonly phase: readonly Phase[] | null;
  readonly examples: readonly string[];
  readonly counterExamples: readonly string[];
}

const fileKeys = ['family', 'docs', 'remoteMta', 'confidence', 'words', 'rule'];
const ruleKeys = [
  'id',
  'category',
  'permanence',
  'confidence',
  'text',
  'status',
  'reply',
  'remoteMta',
  'phase',
  'examples',
  'counterExamples',
];
const phases: readonly string[] = ['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data'];
const permanences: readonly string[] = ['permanent', 'transient', 'unknown'];
const fileName = /^\d\d-[a-z0-9-]+\.toml$/;
const ruleId = /^[a-z0-9-]+\/[a-z0-9.-]+$/;
const statusPattern = /^[245]\.\d\.\d{1,3}$/;
/** An `@` is a whole address after folding, so only what ends an address may stand beside it. */
const addressInside = /[^\s"'(),:;[\]]@|@[^\s"'(),:;.[\]]/;
/** What a rule is worth where neither it nor its file says more. */
const standardConfidence = 0.9;

/** Rules of one file in its order; problems are pushed. */
export function readRules(file: RuleFile, problems: string[]): Rule[] {
  const say = (line: number | undefined, text: string) =>
    problems.push(`${file.name}${line === undefined ? '' : `:${line}`}: ${text}`);
  const { table } = file;
  if (!fileName.test(file.name)) say(undefined, 'the name of a rule file is NN-family.toml');
  for (const key of Object.keys(table))
    if (!fileKeys.includes(key)) say(undefined, `unknown key '${key}'; known are ${fileKeys.join(', ')}`);
  const family = table['family'];
  if (typeof family !== 'string' || !/^[a-z0-9-]+$/.test(family))
    say(undefined, "family = '…' (small letters, digits, hyphens) is needed");
  if (table['docs'] !== undefined && typeof table['docs'] !== 'string') say(undefined, 'docs is one string');
  const fields = new Fields(table, (text) => say(undefined, text));
  const common = {
    remoteMta: fields.hosts('remoteMta'),
    confidence: fields.confidence() ?? standardConfidence,
    words: readWords(table['words'], (text) => say(undefined, text)),
  };
  const list = table['rule'];
  if (!Array.isArray(list) || list.length === 0) {
    say(undefined, 'no [[rule]] in it');
    return [];
  }
  return list.flatMap((entry: unknown, index) => {
    const line = file.lines[index];
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      say(line, 'a rule is a table, [[rule]]');
      return [];
    }
    const rule = readRule(Object.fromEntries(Object.entries(entry)), common, (text) => say(line, text));
    if (rule !== null && typeof family === 'string' && !rule.id.startsWith(`${family}/`))
      say(line, `${rule.id}: the id of a rule begins with its family, ${family}/`);
    return rule === null ? [] : [rule];
  });
}

function readRule(
  table: Readonly<Record<string, unknown>>,
  common: { readonly remoteMta: readonly string[] | null; readonly confidence: number; readonly words: Words },
  tell: (text: string) => void,
): Rule | null {
  const id = typeof table['id'] === 'string' ? table['id'] : '(no id)';
  let flaws = 0;
  const say = (text: string) => {
    flaws++;
    tell(`${id}: ${text}`);
  };
  if (!ruleId.test(id)) say("id = 'family/what-it-is' is needed");
  for (const key of Object.keys(table))
    if (!ruleKeys.includes(key)) say(`unknown key '${key}'; known are ${ruleKeys.join(', ')}`);
  const category = table['category'];
  if (typeof category !== 'string' || !isCategory(category)) say(`unknown category '${String(category)}'`);
  const permanence = table['permanence'];
  if (permanence !== undefined && !(typeof permanence === 'string' && permanences.includes(permanence)))
    say(`permanence is one of ${permanences.join(', ')}`);

  const fields = new Fields(table, say);
  const text = fields.strings('text')?.flatMap((pattern) => alternatives(pattern, common.words, say)) ?? null;
  for (const pattern of text ?? []) {
    if (pattern !== pattern.toLowerCase()) say(`text '${pattern}' has capitals: it is looked for in lower case`);
    if (fragments(pattern).length === 0) say(`text '${pattern}' holds nothing to look for`);
    if (pattern.includes('  ') || addressInside.test(pattern))
      say(`text '${pattern}' can never match: spaces are single, an address is '<>' or '@' alone`);
  }
  const status = fields.strings('status');
  for (const code of status ?? []) if (!statusPattern.test(code)) say(`status '${code}' is not like 5.1.1`);
  const reply = fields.numbers('reply');
  for (const code of reply ?? []) if (code < 200 || code > 599) say(`reply ${code} is not a reply code`);
  const phase = fields.strings('phase');
  for (const word of phase ?? []) if (!phases.includes(word)) say(`phase is one of ${phases.join(', ')}`);
  const remoteMta = fields.hosts('remoteMta');
  if (text === null && status === null && reply === null && remoteMta === null)
    say('no condition: one of text, status, reply, remoteMta is needed');
  const examples = fields.strings('examples');
  if (examples === null) say('no example: at least one is needed');
  const counterExamples = fields.strings('counterExamples') ?? [];
  const confidence = fields.confidence() ?? common.confidence;
  if (flaws > 0 || examples === null) return null;
  return {
    id,
    category: category as Category,
    permanence: (permanence ?? null) as Permanence | null,
    confidence,
    text: text === null ? null : distinctPlain(text).map(fragments),
    status,
    reply,
    remoteMta: remoteMta ?? common.remoteMta,
    phase: phase as readonly Phase[] | null,
    examples,
    counterExamples,
  };
}

/** Spellings that differ in accents alone are one text. */
function distinctPlain(patterns: readonly string[]): string[] {
  return [...new Set(patterns.map((pattern) => plainLetters(pattern).text))];
}

/** The `[words]` of a file: names for lists that several texts share. */
function readWords(value: unknown, say: (text: string) => void): Words {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    say('words is a table of lists, [words]');
    return new Map();
  }
  const fields = new Fields(Object.fromEntries(Object.entries(value)), (text) => say(`words: ${text}`));
  return new Map(
    Object.keys(value).flatMap((name) => {
      const list = fields.strings(name);
      return list === null ? [] : [[name, list] as const];
    }),
  );
}

/** `inbox * out of storage` → its fragments, in order. Spaces beside the star are not part of them. */
function fragments(pattern: string): string[] {
  if (!pattern.includes('*')) return pattern === '' ? [] : [pattern];
  const parts = pattern.split('*');
  return parts
    .map((part, index) => {
      const head = index === 0 ? part : part.trimStart();
      return index === parts.length - 1 ? head : head.trimEnd();
    })
    .filter((part) => part !== '');
}

/** Typed access to a TOML table; what has the wrong shape is told and read as absent. */
class Fields {
  readonly #table: Readonly<Record<string, unknown>>;
  readonly #say: (text: string) => void;

  constructor(table: Readonly<Record<string, unknown>>, say: (text: string) => void) {
    this.#table = table;
    this.#say = say;
  }

  strings(key: string): readonly string[] | null {
    const value = this.#table[key];
    if (value === undefined) return null;
    if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')) return value;
    this.#say(`${key} is a list of strings, not empty`);
    return null;
  }

  numbers(key: string): readonly number[] | null {
    const value = this.#table[key];
    if (value === undefined) return null;
    if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number')) return value;
    this.#say(`${key} is a list of numbers, not empty`);
    return null;
  }

  hosts(key: string): readonly string[] | null {
    const hosts = this.strings(key);
    for (const host of hosts ?? [])
      if (!/^[a-z0-9.-]+$/.test(host)) this.#say(`${key} '${host}' is not a host or '.domain' in small letters`);
    return hosts;
  }

  confidence(): number | null {
    const value = this.#table['confidence'];
    if (value === undefined) return null;
    if (typeof value === 'number' && value > 0 && value < 1) return value;
    this.#say('confidence is a number between 0 and 1');
    return null;
  }
}
