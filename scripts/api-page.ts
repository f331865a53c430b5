/**
 * docs/openapi.json and docs/api.md, made from the routes themselves: the API is built without a database and asked for
 * its own description. Written by `npm run docs`; a test holds the files to this.
 */
import { version } from '../src/app/version.ts';
import { loadOptions } from '../src/config/load.ts';
import { loadShippedRules } from '../src/config/rules.ts';
import { categoryNames, types } from '../src/core/classify/categories.ts';
import { buildApi } from '../src/http/api.ts';
import type { HttpParts } from '../src/http/parts.ts';
import { problemCodes } from '../src/http/problem.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { StoreError, type Db } from '../src/store/db.ts';

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
}
interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: Schema }>> }>>;
}
export interface OpenApi {
  readonly info: { readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Path in the repository → content. */
export async function apiPages(): Promise<Record<string, string>> {
  const document = await describeApi();
  return { 'docs/openapi.json': `${JSON.stringify(document, null, 2)}\n`, 'docs/api.md': renderApi(document) };
}

async function describeApi(): Promise<OpenApi> {
  const loaded = loadOptions({ file: '/dev/null', env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const nothing = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'none', 'no database'));
  const db: Db = { query: nothing, transaction: nothing, dedicated: () => db, ping: nothing, close: nothing };
  const parts: HttpParts = {
    options: loaded.options,
    db,
    mint: nothing,
    readMail: nothing,
    handOver: nothing,
    register: nothing,
    compose: nothing,
    recipientsIn: () => null,
    diskLow: () => false,
    wake: () => undefined,
    wakeSender: () => undefined,
    rules: loadShippedRules,
    log: createLog({ level: 'error', addresses: 'masked' }),
    metrics: createMetrics({ providers: 0 }),
    adminKey: 'none',
    ready: () => Promise.resolve([]),
    now: () => new Date(0),
    version,
  };
  const api = await buildApi(parts);
  try {
    return api.swagger() as unknown as OpenApi;
  } finally {
    await api.close();
  }
}

/** The page for people: every operation, its fields, and every problem code. */
export function renderApi(document: OpenApi): string {
  const lines = [
    '# HTTP API',
    '',
    '*Generated from the routes by `npm run docs`; [openapi.json](openapi.json) is the same for programs, and the daemon gives it at `/openapi.json`.*',
    '',
    document.info.description,
    '',
    'Send the key of `http.adminKeyFile` as `Authorization: Bearer …`. Times are RFC 3339 in UTC; addresses are compared in lower case,',
    'with the domain as A-label. Unknown fields are refused. A request body is at most `http.maxBody`, or four times as much on the',
    'routes that take up to 10,000 items.',
    '',
    '```',
    'curl -H "Authorization: Bearer $(cat var/admin.key)" http://127.0.0.1:8080/v1/events?limit=5',
    '```',
    '',
  ];
  for (const tag of document.tags) {
    lines.push(`## ${tag.description}`, '');
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(operations))
        if (operation.tags[0] === tag.name) lines.push(...operationLines(method.toUpperCase(), path, operation));
  }
  const quoted = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
  lines.push('## Words', '', `- type: ${quoted(types)}`, `- category: ${quoted(categoryNames)}`, '');
  lines.push('## Problems', '', 'Every refusal is `application/problem+json` with one of these codes:', '');
  lines.push('| code | status | |', '|---|---|---|');
  for (const [code, { status, meaning }] of Object.entries(problemCodes))
    lines.push(`| \`${code}\` | ${status} | ${plain(meaning)} |`);
  return `${lines.join('\n')}\n`;
}

function operationLines(method: string, path: string, operation: Operation): string[] {
  const open = operation.security?.length === 0 ? ' No key is needed.' : '';
  const lines = [`### ${method} ${path}`, '', `${operation.summary}.${open}`];
  if (operation.description !== undefined) lines.push('', operation.description);
  const rows: string[] = [];
  for (const parameter of operation.parameters ?? []) {
    const required = parameter.required === true ? '' : ', optional';
    const about = parameter.description ?? parameter.schema.description;
    rows.push(
      `| \`${parameter.name}\` | ${parameter.in}${required} | ${kindOf(parameter.schema)} | ${plain(about ?? '')} |`,
    );
  }
  const body = operation.requestBody?.content['application/json']?.schema;
  if (body !== undefined) rows.push(...fieldRows(body, '', 'body'));
  if (rows.length > 0) lines.push('', '| takes | where | what | |', '|---|---|---|---|', ...rows);
  const answer = answerOf(operation);
  if (answer !== undefined && answer.properties === undefined) lines.push('', `Answers with ${kindOf(answer)}.`);
  const fields = answer === undefined ? [] : fieldRows(answer, '', '');
  if (fields.length > 0) lines.push('', '| answers | what | |', '|---|---|---|', ...fields);
  return [...lines, ''];
}

function answerOf(operation: Operation): Schema | undefined {
  return Object.values(operation.responses['200']?.content ?? {})[0]?.schema;
}

/** A row for each field, and for those inside of it: `items[].id`. */
function fieldRows(schema: Schema, prefix: string, where: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const optional = where !== '' && schema.required?.includes(name) !== true ? ', optional' : '';
    const place = where === '' ? '' : ` ${where}${optional} |`;
    const row = `| \`${prefix}${name}\` |${place} ${kindOf(field)} | ${plain(field.description ?? '')} |`;
    const inner = solid(field);
    const below = inner.items === undefined ? inner : solid(inner.items);
    const path = inner.items === undefined ? `${prefix}${name}.` : `${prefix}${name}[].`;
    return [row, ...fieldRows(below, path, where)];
  });
}

/** What stands beside null. */
function solid(schema: Schema): Schema {
  return schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
}

function kindOf(schema: Schema): string {
  const inner = solid(schema);
  const orNull = inner === schema ? '' : ' or null';
  if (inner.enum !== undefined) return `${wordsOf(inner.enum)}${orNull}`;
  if (inner.const !== undefined) return `\`${JSON.stringify(inner.const)}\``;
  if (inner.items !== undefined) {
    const most = inner.maxItems === undefined ? '' : `, at most ${inner.maxItems}`;
    return `list of ${inner.items.properties === undefined ? kindOf(inner.items) : 'objects'}${most}${orNull}`;
  }
  const range = [
    ...(inner.minimum === undefined ? [] : [`from ${inner.minimum}`]),
    ...(inner.maximum === undefined ? [] : [`to ${inner.maximum}`]),
    ...(inner.default === undefined ? [] : [`default ${JSON.stringify(inner.default)}`]),
  ];
  const kind = inner.format === 'binary' ? 'octets' : (inner.format ?? inner.type ?? 'anything');
  return `${kind}${range.length === 0 ? '' : ` (${range.join(', ')})`}${orNull}`;
}

/** The two long lists stand once on the page, under Words. */
function wordsOf(words: readonly unknown[]): string {
  if (words.length === categoryNames.length && words.includes('unknown')) return '[category](#words)';
  if (words.length === types.length && words.includes('none')) return '[type](#words)';
  return words.map((word) => `\`${String(word)}\``).join(', ');
}

/** Inside a table a bar would begin a cell. */
function plain(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
