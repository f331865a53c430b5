/**
 * Options from defaults < systemd credentials < file < environment. All problems come at once, each with its place and
 * what would be right; nothing here throws for what an operator wrote. The file is TOML (config/bouncemx.toml shows all).
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { asciiDomain } from '../core/address.ts';
import { crossCheck } from './cross-checks.ts';
import { isSocketPath, longestSocketPath } from './listeners.ts';
import {
  didYouMean,
  didYouMeanVariable,
  optionsOf,
  sectionNames,
  tableNames,
  variables,
  type AnyOption,
  type TableName,
} from './names.ts';
import { sections, tables, type Options } from './options.ts';
import { findPositions, positionOf, type Position } from './toml-positions.ts';
import { readText, readValue, type Value } from './values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type LoadedOptions =
  | { readonly ok: true; readonly options: Options; readonly file: string | null }
  | { readonly ok: false; readonly problems: string[] };

type Section = Record<string, Value>;

const places = ['bouncemx.toml', '/etc/bouncemx/bouncemx.toml'];
const largestFile = 1 << 20;
const mostTables = 1000;
/** Ours, but no options: where the file is, the client's place, what the tests need. */
const otherVariables =
  /^BOUNCEMX_(?:CONFIG|DOMAIN|RELAY_URL|RELAY_PASSWORD_FILE|HTTP_URL|API_KEY|API_KEY_FILE|LMTP_SOCKET|REQUIRE_PEERS|(?:TEST|BENCH|CHAOS)_\w+)$/;
/** Credential name (LoadCredential=) → the option that it stands in for. */
export const credentials: Readonly<Record<string, readonly [section: string, option: string]>> = {
  'tls-cert': ['smtp', 'tlsCertFile'],
  'tls-key': ['smtp', 'tlsKeyFile'],
  'verp-keys': ['verp', 'keyFile'],
  'admin-key': ['http', 'adminKeyFile'],
  'database-password': ['database', 'passwordFile'],
};

/**
 * Loads the configuration. `file` is that of `--config`; else BOUNCEMX_CONFIG, ./bouncemx.toml, /etc/bouncemx/bouncemx.toml,
 * else the defaults. Paths come out absolute.
 */
export function loadOptions({ file, env }: { readonly file?: string; readonly env: Environment }): LoadedOptions {
  const problems: string[] = [];
  const chosen = file ?? env['BOUNCEMX_CONFIG'] ?? places.find((place) => existsSync(place)) ?? null;
  const found = chosen === null ? empty : readFile(chosen, problems);
  const place = (path: string): string => {
    const at = positionOf(found.positions, path);
    return at === null || chosen === null ? '' : `${chosen}:${at.line}:${at.column}: `;
  };
  const flaw = (path: string, text: string): void => void problems.push(`${place(path)}${path}: ${text}`);

  const raw = defaults(env);
  fromFile(found.values, raw, flaw);
  const lists = {
    domain: tablesFrom('domain', found.values['domain'] ?? [standardsOf(tables.domain.options)], flaw),
    relay: tablesFrom('relay', found.values['relay'] ?? [], flaw),
    retry: tablesFrom('retry', found.values['retry'] ?? [], flaw),
    provider: tablesFrom('provider', found.values['provider'] ?? [], flaw),
  };
  const named = fromEnvironment(env, raw, problems);
  domainFromEnvironment(env, lists.domain, problems);
  relayFromEnvironment(env, lists.relay, problems);
  if (problems.length > 0) return { ok: false, problems };

  const options = absolute(raw, lists);
  for (const { path, text } of crossCheck(options)) {
    const variable = named.get(path);
    if (variable === undefined) flaw(path, text);
    else problems.push(`${variable}: ${text}`);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, options, file: chosen };
}

interface FileContent {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positions: ReadonlyMap<string, Position>;
}
const empty: FileContent = { values: {}, positions: new Map() };

function readFile(path: string, problems: string[]): FileContent {
  try {
    if (statSync(path).size > largestFile) {
      problems.push(`${path}: larger than 1 MiB`);
      return empty;
    }
    const text = readFileSync(path, 'utf8');
    return { values: parse(text), positions: findPositions(text) };
  } catch (error) {
    if (error instanceof TomlError) problems.push(`${path}:${error.line}:${error.column}: ${firstLine(error.message)}`);
    else problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return empty;
  }
}

/** smol-toml's messages carry a drawing of the place below the first line. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function defaults(env: Environment): Record<string, Section> {
  const raw: Record<string, Section> = {};
  for (const section of sectionNames) {
    const values: Section = {};
    for (const [name, option] of Object.entries(optionsOf(section))) values[name] = standardOf(option);
    raw[section] = values;
  }
  const directory = env['CREDENTIALS_DIRECTORY'];
  if (directory !== undefined && directory !== '')
    for (const [name, [section, option]] of Object.entries(credentials)) {
      const path = resolve(directory, name);
      const values = raw[section];
      if (values !== undefined && existsSync(path)) values[option] = path;
    }
  return raw;
}

function standardOf(option: AnyOption): Value {
  const read = readValue(option, option.standard);
  if (!read.ok) throw new TypeError(`the default of an option is wrong: ${option.doc}`);
  return read.value;
}

function fromFile(
  values: Readonly<Record<string, unknown>>,
  raw: Record<string, Section>,
  flaw: (path: string, text: string) => void,
): void {
  for (const [section, given] of Object.entries(values)) {
    if (tableNames.includes(section as TableName)) continue;
    const known = sectionNames.find((name) => name === section);
    if (known === undefined) flaw(section, `no such section${didYouMean('', section)}`);
    else if (!isTable(given)) flaw(section, `expected a section: [${section}]`);
    else raw[section] = { ...raw[section], ...tableFrom(section, section, given, optionsOf(known), flaw) };
  }
}

function tableFrom(
  scope: string,
  path: string,
  given: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, AnyOption>>,
  flaw: (path: string, text: string) => void,
): Section {
  const values: Section = {};
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (option === undefined) {
      flaw(`${path}.${name}`, `no such option${didYouMean(scope, name)}`);
      continue;
    }
    const read = readValue(option, value);
    if (read.ok) values[name] = read.value;
    else flaw(`${path}.${name}`, `expected ${read.expected}, not ${show(value)}`);
  }
  return values;
}

/** `[[name]]` sections, each over the defaults. */
function tablesFrom(name: TableName, given: unknown, flaw: (path: string, text: string) => void): Section[] {
  const {
    options,
    needs: [needed, what],
  } = tables[name];
  const standard = standardsOf(options);
  const least = name === 'domain' ? 1 : 0;
  if (!Array.isArray(given) || given.length < least || given.length > mostTables) {
    flaw(name, `expected [[${name}]] sections, ${least} to ${mostTables} of them`);
    return [];
  }
  return given.map((table: unknown, i) => {
    const path = `${name}[${i}]`;
    if (!isTable(table)) {
      flaw(path, `expected a [[${name}]] section`);
      return standard;
    }
    if (table[needed] === undefined) flaw(path, `needs ${what}`);
    return { ...standard, ...tableFrom(name, path, table, options, flaw) };
  });
}

function standardsOf(options: Readonly<Record<string, AnyOption>>): Section {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, standardOf(option)]));
}

/** Gives the variable of each option that the environment set, so that later flaws can name it. */
function fromEnvironment(env: Environment, raw: Record<string, Section>, problems: string[]): Map<string, string> {
  const known = variables();
  const named = new Map<string, string>();
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith('BOUNCEMX_')) continue;
    const target = known.get(variable);
    if (target === undefined) {
      if (!otherVariables.test(variable)) problems.push(`${variable}: no such variable${didYouMeanVariable(variable)}`);
      continue;
    }
    const read = readText(target.option, text);
    if (read.ok) {
      raw[target.section] = { ...raw[target.section], [target.name]: read.value };
      named.set(`${target.section}.${target.name}`, variable);
    } else problems.push(`${variable}: expected ${read.expected}, not ${show(text)}`);
  }
  return named;
}

function domainFromEnvironment(env: Environment, domain: Section[], problems: string[]): void {
  const name = env['BOUNCEMX_DOMAIN'];
  const [only] = domain;
  if (name === undefined || only === undefined) return;
  if (domain.length > 1) problems.push(`BOUNCEMX_DOMAIN: names a single domain, but the file lists ${domain.length}`);
  else if (asciiDomain(name) === null) problems.push(`BOUNCEMX_DOMAIN: ${show(name)} is no domain name`);
  else only['name'] = name;
}

function relayFromEnvironment(env: Environment, relay: Section[], problems: string[]): void {
  const [url, passwordFile] = [env['BOUNCEMX_RELAY_URL'], env['BOUNCEMX_RELAY_PASSWORD_FILE']];
  const variable = url === undefined ? 'BOUNCEMX_RELAY_PASSWORD_FILE' : 'BOUNCEMX_RELAY_URL';
  if (url === undefined && passwordFile === undefined) return;
  if (relay.length > 1) problems.push(`${variable}: sets a single relay, but the file lists ${relay.length}`);
  else if (url === undefined && relay.length === 0) problems.push(`${variable}: needs BOUNCEMX_RELAY_URL`);
  else
    relay[0] = {
      ...(relay[0] ?? standardsOf(tables.relay.options)),
      ...(url !== undefined && { url }),
      ...(passwordFile !== undefined && { passwordFile }),
    };
}

/** The data directory from the working directory, other paths from the data directory. */
function absolute(raw: Record<string, Section>, lists: Readonly<Record<TableName, readonly Section[]>>): Options {
  const dir = resolve(String(raw['data']?.['dir']));
  for (const section of sectionNames)
    for (const [name, option] of Object.entries(optionsOf(section))) {
      const values = raw[section];
      const value = values?.[name];
      if (values !== undefined && option.kind === 'path' && typeof value === 'string' && value !== '')
        values[name] = section === 'data' ? dir : resolve(dir, value);
    }
  const smtp = raw['smtp'] ?? {};
  const sockets = smtp['lmtpListen'];
  if (Array.isArray(sockets)) {
    const paths = (sockets as string[]).map((entry) => (isSocketPath(entry) ? resolve(dir, entry) : entry));
    // Deep below a long home the standard socket cannot be: then there is none, rather than no start.
    const standard = resolve(dir, String(sections.smtp.lmtpListen.standard));
    smtp['lmtpListen'] = paths.filter((path) => path !== standard || Buffer.byteLength(path) <= longestSocketPath);
  }
  const domain = lists.domain.map((entry) => ({
    ...entry,
    name: asDomain(String(entry['name'])),
    prefix: String(entry['prefix']).toLowerCase(),
  }));
  const relay = lists.relay.map((entry) => {
    const files = ['passwordFile', 'caFile', 'dkimKeyFile'].map((name) => [name, String(entry[name])] as const);
    return {
      ...entry,
      ...Object.fromEntries(files.map(([name, path]) => [name, path === '' ? '' : resolve(dir, path)])),
      sendingDomains: (entry['sendingDomains'] as readonly string[]).map(asDomain),
    };
  });
  const retry = lists.retry.map((entry) => ({ ...entry, provider: asDomain(String(entry['provider'])) }));
  const provider = lists.provider.map((entry) => ({ ...entry, name: asDomain(String(entry['name'])) }));
  // Every value passed readValue() with the option that types it.
  return { ...raw, domain, relay, retry, provider } as unknown as Options;
}

/** As domains are compared; what is none stays for the checks to name. */
function asDomain(text: string): string {
  return asciiDomain(text) ?? text;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function show(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
