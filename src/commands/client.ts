/**
 * How a command speaks with the running daemon: its HTTP API and nothing else, so that what the CLI can do is what the
 * API can do. Where the daemon is and which key opens it come from the same configuration that `serve` reads.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadOptions } from '../config/load.ts';
import type { Options } from '../config/options.ts';
import { CommandFailure, exit, type Io } from './command.ts';

/** A report can be 1 MiB and a list 500 items: this is the time for a whole answer. */
const deadlineMs = 60_000;

/** Options that every command with a daemon behind it has, for `parseArgs`. */
export const clientOptions = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** Their lines on the help page. */
export const clientHelp = `  --json          one JSON document, for programs
  --config FILE   the configuration that names the API and its key

The API is looked for at BOUNCEMX_HTTP_URL, then http.url, then the first of http.listen;
its key is BOUNCEMX_API_KEY, or read from BOUNCEMX_API_KEY_FILE, else from http.adminKeyFile.

Exit: 0 done, 1 refused, 64 wrong use, 67 no address, 75 no daemon answers, 78 configuration.
`;

export interface Reply {
  readonly status: number;
  /** The JSON document; a Buffer where the answer is none; null where it is empty. */
  readonly body: unknown;
}

/**
 * One request. Resolves with any status below 500 but 401 and 429, which end the command as every other trouble does:
 * exit 75 where no daemon answers or it can't now, 78 where the configuration or the key is not accepted.
 *
 * @throws CommandFailure
 */
export async function callApi(io: Io, method: string, path: string, body?: unknown, config?: string): Promise<Reply> {
  const options = optionsOf(io, config);
  const url = urlOf(io, options);
  const key = await keyOf(io, options);
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        'x-bouncemx-client': 'cli',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
    });
    const type = response.headers.get('content-type') ?? '';
    const bytes = Buffer.from(await response.arrayBuffer());
    const content: unknown = type.includes('json') ? JSON.parse(bytes.toString()) : bytes.length === 0 ? null : bytes;
    return checked(url, response.status, content);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(exit.tryLater, `no daemon answers at ${url.origin} (${reasonOf(error)})`);
  }
}

/** Like callApi, for commands that know nothing to do with a refusal: exit 1 with the daemon's words. */
export async function callForBody(
  io: Io,
  method: string,
  path: string,
  body?: unknown,
  config?: string,
): Promise<unknown> {
  const reply = await callApi(io, method, path, body, config);
  if (reply.status >= 300) throw new CommandFailure(exit.failed, wordsOf(reply));
  return reply.body;
}

/** What a problem document (RFC 9457) says, for a person. */
export function wordsOf(reply: Reply): string {
  const { body } = reply;
  if (typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string')
    return body.detail;
  return `the API answered ${reply.status}`;
}

function checked(url: URL, status: number, body: unknown): Reply {
  if (status === 401)
    throw new CommandFailure(exit.configuration, `${url.origin} does not accept the key of http.adminKeyFile`);
  if (status === 429 || status >= 500)
    throw new CommandFailure(exit.tryLater, `${url.origin}: ${wordsOf({ status, body })}`);
  return { status, body };
}

function optionsOf(io: Io, config: string | undefined): Options {
  const loaded = loadOptions({ ...(config === undefined ? {} : { file: config }), env: io.env });
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.join('\n'));
  return loaded.options;
}

function urlOf(io: Io, options: Options): URL {
  const first = options.http.listen[0];
  const given = io.env['BOUNCEMX_HTTP_URL'] ?? options.http.url;
  if (given === '' && first === undefined)
    throw new CommandFailure(exit.configuration, 'http.listen is empty and http.url is not set: where is the API?');
  // A listener on every address is reached by the loopback one.
  const text =
    given !== ''
      ? given
      : `http://${(first ?? '').replace(/^(?:0\.0\.0\.0|\*)?:/u, '127.0.0.1:').replace('[::]:', '[::1]:')}`;
  if (!URL.canParse(text) || !/^https?:/u.test(text))
    throw new CommandFailure(exit.configuration, `'${text}' is no http URL for the API`);
  return new URL(text);
}

async function keyOf(io: Io, options: Options): Promise<string> {
  const given = io.env['BOUNCEMX_API_KEY'];
  if (given !== undefined && given !== '') return given;
  const file = io.env['BOUNCEMX_API_KEY_FILE'] ?? resolve(options.data.dir, options.http.adminKeyFile);
  try {
    const key = (await readFile(file, 'utf8')).trim();
    if (key !== '' && /^[\x21-\x7e]+$/u.test(key)) return key;
    throw new CommandFailure(exit.configuration, `${file} holds no API key`);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const hint = missing ? 'does not exist; the first `bouncemx serve` makes it' : `can't be read (${reasonOf(error)})`;
    throw new CommandFailure(exit.configuration, `the API key file ${file} ${hint}`);
  }
}

/** `ECONNREFUSED` where there is a code, else the message; fetch hides its reason one level down. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code;
  return inner instanceof Error ? inner.message : String(inner);
}
