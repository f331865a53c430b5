/** `bouncemx verp encode | decode | keygen`: return-paths and their keys from the shell. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readKeys } from '../config/keys.ts';
import { loadOptions } from '../config/load.ts';
import type { Options } from '../config/options.ts';
import { findSending, type Sending } from '../config/sending-domains.ts';
import { asciiDomain, parseMailbox } from '../core/address.ts';
import type { Bound } from '../core/event.ts';
import { decodeForeign } from '../core/verp/foreign.ts';
import { dayOf, formatDay, signingKey, type KeyRing } from '../core/verp/key-ring.ts';
import { decodeReturnPath, encodeReturnPath, messageTagOf } from '../core/verp/return-path.ts';
import type { Failure } from '../core/verp/token.ts';
import { callApi, wordsOf, type Reply } from './client.ts';
import { CommandFailure, exit, UsageError, type Command, type Io } from './command.ts';
import { keygen } from './verp-keygen.ts';

const help = `Return-paths: made, read, and the keys that sign them

Usage: bouncemx verp encode --recipient ADDRESS [--message-id ID] [--campaign WORD]
                            [--domain SENDING-DOMAIN] [--form self-contained|opaque]
       bouncemx verp decode RETURN-PATH [--json]
       bouncemx verp keygen [--domain SENDING-DOMAIN] [--rotate] [--export]

encode prints the address alone. It is self-contained where the recipient fits and no campaign
is named; else opaque, for which the daemon must run: it keeps the row that the address names.
  --recipient ADDRESS    whom the mail goes to
  --message-id ID        its Message-ID; without one, each call gives another address
  --campaign WORD        rates are counted by it
  --domain DOMAIN        the domain that the mail is sent for; the first one configured
  --form FORM            self-contained or opaque, nothing else

decode prints what a return-path says, once its signature is right.
  --json                 one JSON document, for programs

keygen makes a key for each sending domain that has none, and makes the key file.
  --domain DOMAIN        this sending domain alone
  --rotate               a new key even so; the older ones go on verifying
  --export               print the lines that a sending host needs; they hold the secret

  --config FILE          the configuration that names the domains and the key file

Exit: 0 done, 1 does not fit the form, 64 wrong use, 67 bad address, 75 no daemon answers,
78 configuration or keys.
`;

export const command: Command = {
  summary: 'make and read return-paths, make keys',
  help,
  run: async (args, io) => {
    const [what, ...rest] = args;
    if (what === 'encode') return encode(rest, io);
    if (what === 'decode') return decode(rest, io);
    if (what === 'keygen') return keygen(rest, io);
    throw new UsageError(what === undefined ? 'encode, decode or keygen?' : `no '${what}': encode, decode or keygen`);
  },
};

/** For a person who has the keys; a peer hears one and the same 550 for all of them. */
const reasons: Readonly<Record<Failure, string>> = {
  notVerp: 'it does not begin with the prefix of that domain',
  malformed: 'its token is damaged: wrong length, wrong characters, or no address inside',
  unknownKey: 'no key of the key file has the id in it',
  badSignature: 'its signature is wrong: changed, forged, or made for another domain',
  expired: 'it is too old, or dated in the future',
};

async function encode(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      recipient: { type: 'string' },
      'message-id': { type: 'string' },
      campaign: { type: 'string' },
      domain: { type: 'string' },
      form: { type: 'string' },
      config: { type: 'string' },
    },
  });
  const { recipient, campaign, form } = values;
  if (recipient === undefined) throw new UsageError('--recipient is missing');
  if (form !== undefined && form !== 'self-contained' && form !== 'opaque')
    throw new UsageError(`--form is self-contained or opaque, not '${form}'`);
  if (form === 'self-contained' && campaign !== undefined)
    throw new UsageError('a campaign has room in the opaque form only');
  const parsed = parseMailbox(recipient);
  if (!parsed.ok) throw new CommandFailure(exit.badAddress, `'${recipient}' is no mail address (${parsed.why})`);

  const options = optionsFrom(io, values.config);
  const ring = await ringFrom(options);
  const sending = sendingOf(options, values.domain);
  const key = signingKey(ring, sending.sendingDomain);
  if (key === null)
    throw new CommandFailure(
      exit.configuration,
      `no active key for ${sending.sendingDomain} in ${options.verp.keyFile}; bouncemx verp keygen makes one`,
    );
  const messageId = values['message-id'];
  if (form === 'self-contained' || (form === undefined && campaign === undefined)) {
    const encoded = encodeReturnPath({
      domain: sending.domain,
      key,
      day: dayOf(new Date()),
      messageTag: messageId === undefined ? randomBytes(5).toString('hex') : messageTagOf(messageId),
      recipient,
    });
    if (encoded.ok) {
      await io.out(`${encoded.address}\n`);
      return exit.ok;
    }
    if (form === 'self-contained')
      throw new CommandFailure(exit.failed, `${recipient} does not fit into a return-path; take --form opaque`);
  }
  const request = { recipient, messageId, campaign, sendingDomain: sending.sendingDomain, form: 'opaque' };
  const reply = await askDaemon(io, options, request, values.config);
  const minted = reply.status === 200 ? mintedIn(reply.body) : null;
  if (typeof minted?.address !== 'string') {
    const why = typeof minted?.problem === 'string' ? minted.problem : wordsOf(reply);
    throw new CommandFailure(exit.failed, `the daemon made no return-path: ${why}`);
  }
  await io.out(`${minted.address}\n`);
  return exit.ok;
}

async function askDaemon(io: Io, options: Options, request: unknown, config: string | undefined): Promise<Reply> {
  const why = 'an opaque return-path is a row that the daemon keeps';
  // Where no daemon has ever run there is no API key yet: that is the same news as a daemon that is down.
  if (!existsSync(options.http.adminKeyFile))
    throw new CommandFailure(exit.tryLater, `${why}, and none has run here yet; start bouncemx serve`);
  try {
    return await callApi(io, 'POST', '/v1/verp', { requests: [request] }, config);
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== exit.tryLater) throw error;
    throw new CommandFailure(exit.tryLater, `${why}, but ${error.message}`);
  }
}

/** The one result of `POST /v1/verp`: `{ results: [{ address, problem }] }`. */
function mintedIn(body: unknown): { readonly address?: unknown; readonly problem?: unknown } | null {
  if (typeof body !== 'object' || body === null || !('results' in body) || !Array.isArray(body.results)) return null;
  const first: unknown = body.results[0];
  return typeof first === 'object' ? first : null;
}

async function decode(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, config: { type: 'string' } },
  });
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new UsageError('give one return-path');
  const options = optionsFrom(io, values.config);
  const ring = await ringFrom(options);

  const text = given.startsWith('<') && given.endsWith('>') ? given.slice(1, -1) : given;
  const at = text.lastIndexOf('@');
  const domainName = at < 0 ? options.domain[0]?.name : asciiDomain(text.slice(at + 1));
  const domain = options.domain.find(({ name }) => name === domainName);
  if (domain === undefined)
    throw new CommandFailure(exit.badAddress, `${text}: none of our return-path domains (${namesOf(options)})`);
  const localPart = at < 0 ? text : text.slice(0, at);
  const validityDays = Math.floor(options.verp.validity / 86_400_000);
  const decoded = decodeReturnPath(localPart, domain, ring, dayOf(new Date()), validityDays);
  // As at RCPT: what has our prefix is ours or nobody's.
  const foreign = !decoded.ok && decoded.why === 'notVerp' ? decodeForeign(localPart, domain) : null;
  const bound = decoded.ok ? decoded.bound : foreign;
  if (bound === null) throw new CommandFailure(exit.badAddress, `${text}: ${decoded.ok ? '' : reasons[decoded.why]}`);
  await io.out(values.json ? `${JSON.stringify(shown(bound, validityDays))}\n` : page(bound, validityDays));
  return exit.ok;
}

function shown(bound: Bound, validityDays: number): Readonly<Record<string, string | number | null>> {
  return {
    ...bound,
    day: bound.day === null ? null : formatDay(bound.day),
    expires: bound.day === null ? null : formatDay(bound.day + validityDays),
  };
}

function page(bound: Bound, validityDays: number): string {
  const facts: Readonly<Record<string, string | number | null>> = {
    ...shown(bound, validityDays),
    recipient: bound.recipient ?? `in row ${bound.rowId ?? ''} of the database`,
  };
  return Object.entries(facts)
    .map(([name, value]) => (value === null ? '' : `${name.padEnd(15)}${value}\n`))
    .join('');
}

function optionsFrom(io: Io, config: string | undefined): Options {
  const loaded = loadOptions({ ...(config === undefined ? {} : { file: config }), env: io.env });
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.join('\n'));
  return loaded.options;
}

async function ringFrom(options: Options): Promise<KeyRing> {
  const read = await readKeys(options.verp.keyFile);
  if (read.ok) return read.ring;
  const hint = read.missing ? '; bouncemx serve or bouncemx verp keygen makes it' : '';
  throw new CommandFailure(exit.configuration, `${read.problems.join('\n')}${hint}`);
}

function sendingOf(options: Options, sendingDomain: string | undefined): Sending {
  const sending = findSending(options.domain, sendingDomain ?? null);
  if (sending !== null) return sending;
  throw new CommandFailure(
    exit.configuration,
    `${sendingDomain ?? ''} is no sending domain of the configuration; [[domain]] sendingDomains lists them`,
  );
}

function namesOf(options: Options): string {
  return options.domain.map(({ name }) => name).join(', ');
}
