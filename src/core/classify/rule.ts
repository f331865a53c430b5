/**
 * What a rule is, and how a rule file becomes rules (docs/rules.md). Files are data of people: every problem is reported at once,
 * with file and line, and nothing half-valid is ever used.
 */
import type { Phase } from '../event.ts';
import { isCategory, type Category, type Permanence } from './categories.ts';
import { readPhrase, type Phrase } from './clause.ts';
import { plainLetters, wordsApart } from './letters.ts';
import { alternatives, spellings, type Words } from './wording.ts';

/** A regular expression, compiled by an engine that is linear in the text (config/regex.ts). */
export interface Pattern {
  readonly source: string;
  /** Where it matches first; null where it does not, or matches nothing at all. */
  find(text: string): { readonly start: number; readonly end: number } | null;
}

/** A pattern, or what is wrong with its source. */
export type CompilePattern = (
  source: string,
) => { readonly ok: true; readonly pattern: Pattern } | { readonly ok: false; readonly problem: string };

/** What the files of operators have that shipped ones have not. */
export interface OperatorTerms {
  readonly compile: CompilePattern;
  /** So many texts may still be spelled out; counts down, below 0 once it is too much. */
  texts: number;
}

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
  /** Its words are none where they are part of a host name or a URL. */
  readonly outsideNames: boolean;
  /** Conditions: those given (not null) must all hold; within one, any value may. */
  readonly text: readonly (readonly string[])[] | null;
  /** Beside the text: where either is found, the words hold. */
  readonly phrase: readonly Phrase[] | null;
  /** Rules of operators alone have them. */
  readonly regex: readonly Pattern[] | null;
  readonly status: readonly string[] | null;
  readonly reply: readonly number[] | null;
  readonly remoteMta: readonly string[] | null;
  readonly phase: readonly Phase[] | null;
  readonly examples: readonly string[];
  readonly counterExamples: readonly string[];
  /** Where it stands, for people. */
  readonly file: string;
  readonly line: number | null;
  /** Where the receiver documents its words. */
  readonly docs: string | null;
}

const fileKeys = ['family', 'docs', 'remoteMta', 'confidence', 'names', 'words', 'rule'];
const ruleKeys = [
  'id',
  'category',
  'permanence',
  'confidence',
  'text',
  'phrase',
  'regex',
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

/** Families of the verdicts that no rule gives: a rule of such a name would be taken for one. */
const reserved: readonly string[] = ['kind', 'status', 'reply', 'phase', 'model'];

/** What all rules of a file have in common. */
type Common = Pick<Rule, 'remoteMta' | 'confidence' | 'outsideNames' | 'file' | 'docs'> & { readonly words: Words };
type Place = Common & { readonly line: number | null; readonly terms: OperatorTerms | null };

/**
 * Rules of one file in its order; problems are pushed.
 * @param terms null for shipped files: they hold no regular expressions, and are trusted to be of a size that memory holds.
 */
export function readRules(file: RuleFile, problems: string[], terms: OperatorTerms | null): Rule[] {
  const say = (line: number | undefined, text: string) =>
    problems.push(`${file.name}${line === undefined ? '' : `:${line}`}: ${text}`);
  const { table } = file;
  if (!fileName.test(file.name)) say(undefined, 'the name of a rule file is NN-family.toml');
  for (const key of Object.keys(table))
    if (!fileKeys.includes(key)) say(undefined, `unknown key '${key}'; known are ${fileKeys.join(', ')}`);
  const family = table['family'];
  if (typeof family !== 'string' || !/^[a-z0-9-]+$/.test(family))
    say(undefined, "family = '…' (small letters, digits, hyphens) is needed");
  else if (reserved.includes(family)) say(undefined, `family '${family}' is kept for verdicts without a rule`);
  const docs = table['docs'] ?? null;
  if (docs !== null && typeof docs !== 'string') say(undefined, 'docs is one string');
  const names = table['names'] ?? true;
  if (typeof names !== 'boolean') say(undefined, 'names is true or false');
  const fields = new Fields(table, (text) => say(undefined, text));
  const common: Common = {
    remoteMta: fields.hosts('remoteMta'),
    confidence: fields.confidence() ?? standardConfidence,
    outsideNames: names === false,
    words: readWords(table['words'], (text) => say(undefined, text)),
    file: file.name,
    docs: typeof docs === 'string' ? docs : null,
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
    const place = { ...common, line: line ?? null, terms };
    const rule = readRule(Object.fromEntries(Object.entries(entry)), place, (text) => say(line, text));
    if (rule !== null && typeof family === 'string' && !rule.id.startsWith(`${family}/`))
      say(line, `${rule.id}: the id of a rule begins with its family, ${family}/`);
    return rule === null ? [] : [rule];
  });
}

function readRule(table: Readonly<Record<string, unknown>>, common: Place, tell: (text: string) => void): Rule | null {
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
  const text = spelledOut(fields.strings('text'), common, say);
  for (const pattern of text ?? []) {
    if (pattern !== pattern.toLowerCase()) say(`text '${pattern}' has capitals: it is looked for in lower case`);
    if (fragments(pattern).length === 0) say(`text '${pattern}' holds nothing to look for`);
    if (pattern.includes('  ') || addressInside.test(pattern))
      say(`text '${pattern}' can never match: spaces are single, an address is '<>' or '@' alone`);
  }
  const phrase = phrases(fields.strings('phrase'), common, say);
  const regex = patterns(fields.strings('regex'), common.terms, say);
  const status = fields.strings('status');
  for (const code of status ?? []) if (!statusPattern.test(code)) say(`status '${code}' is not like 5.1.1`);
  const reply = fields.numbers('reply');
  for (const code of reply ?? []) if (code < 200 || code > 599) say(`reply ${code} is not a reply code`);
  const phase = fields.strings('phase');
  for (const word of phase ?? []) if (!phases.includes(word)) say(`phase is one of ${phases.join(', ')}`);
  const remoteMta = fields.hosts('remoteMta');
  const worded = text !== null || phrase !== null || table['regex'] !== undefined;
  if (!worded && status === null && reply === null && remoteMta === null)
    say(
      `no condition: one of text, phrase, ${common.terms === null ? '' : 'regex, '}status, reply, remoteMta is needed`,
    );
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
    outsideNames: common.outsideNames,
    text: text === null ? null : distinctPlain(text).map(fragments),
    phrase,
    regex,
    status,
    reply,
    remoteMta: remoteMta ?? common.remoteMta,
    phase: phase as readonly Phase[] | null,
    examples,
    counterExamples,
    file: common.file,
    line: common.line,
    docs: common.docs,
  };
}

/** Spellings that differ in accents alone are one text. */
function distinctPlain(patterns: readonly string[]): string[] {
  return [...new Set(spellings(patterns).map((pattern) => wordsApart(plainLetters(pattern).text)))];
}

function spelledOut(
  given: readonly string[] | null,
  { words, terms }: Pick<Place, 'words' | 'terms'>,
  say: (text: string) => void,
): readonly string[] | null {
  if (given === null || terms === null) return given?.flatMap((each) => alternatives(each, words, say)) ?? null;
  return given.flatMap((pattern) => {
    if (terms.texts < 0) return [];
    const texts = alternatives(pattern, words, say);
    terms.texts -= texts.length;
    if (terms.texts < 0) say('all texts together, with their alternatives, are too many');
    return texts;
  });
}

function phrases(
  given: readonly string[] | null,
  { words, terms }: Pick<Place, 'words' | 'terms'>,
  say: (text: string) => void,
): readonly Phrase[] | null {
  if (given === null) return null;
  const read = given.map((each) => readPhrase(each, words, say));
  if (terms !== null) {
    terms.texts -= read.flat(2).length;
    if (terms.texts < 0) say('all phrases together, with their alternatives, are too many');
  }
  return read;
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

function patterns(
  sources: readonly string[] | null,
  terms: OperatorTerms | null,
  say: (text: string) => void,
): readonly Pattern[] | null {
  if (sources === null) return null;
  if (terms === null) {
    say('regex is for the rules of operators: shipped rules are text');
    return null;
  }
  return sources.flatMap((source) => {
    const compiled = terms.compile(source);
    if (compiled.ok) return [compiled.pattern];
    say(`regex '${source}' ${compiled.problem}`);
    return [];
  });
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
