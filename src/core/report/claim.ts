/** What every reader makes its reports with: an empty claim, addresses and names as reports write them, storable text. */
import type { Phase, Report } from '../event.ts';
import { cleanText } from '../clean-text.ts';
import { indexPhrases } from '../phrases.ts';
import { unwrapBatv, unwrapSrs } from '../verp/foreign.ts';

const maxDiagnostic = 4096;
const maxName = 255;
const maxAddress = 512;

/** A report that claims only what is given. All have one shape, which what reads them is compiled for. */
export function claim(facts: Partial<Report>): Report {
  return {
    kind: facts.kind ?? 'none',
    format: facts.format ?? 'none',
    reportAction: facts.reportAction ?? null,
    status: facts.status ?? null,
    replyCode: facts.replyCode ?? null,
    diagnosticCode: facts.diagnosticCode ?? null,
    finalRecipient: facts.finalRecipient ?? null,
    originalRecipient: facts.originalRecipient ?? null,
    reportingMta: facts.reportingMta ?? null,
    remoteMta: facts.remoteMta ?? null,
    arrivalDate: facts.arrivalDate ?? null,
    lastAttemptDate: facts.lastAttemptDate ?? null,
    willRetryUntil: facts.willRetryUntil ?? null,
    feedbackType: facts.feedbackType ?? null,
    phase: facts.phase ?? null,
    machineReadable: facts.machineReadable ?? false,
    sign: facts.sign ?? null,
  };
}

/** A diagnostic as it is kept: one line, at most 4 KiB; null where nothing is left. */
export function diagnostic(text: string): string | null {
  return cleanText(text, maxDiagnostic) || null;
}

/** As nearly all are given. */
const plainHost = /^(?:dns; ?)?([a-z0-9][a-z0-9.-]{1,250}[a-z0-9])$/iu;

/** A host or MTA name: `dns; mx.example.org` gives `mx.example.org`. */
export function mtaName(field: string | undefined): string | null {
  if (field === undefined) return null;
  const plainly = plainHost.exec(field)?.[1];
  if (plainly !== undefined) return plainly;
  const semicolon = field.indexOf(';');
  const name = cleanText(semicolon < 0 ? field : field.slice(semicolon + 1), maxName);
  const end = name.search(/[ (]/u);
  const word = end < 0 ? name : name.slice(0, end);
  return word.replace(/^[<[]/u, '').replace(/[>\].]$/u, '') || null;
}

const maxLocalPart = 128;
const domain = /[\p{L}\p{N}][\p{L}\p{N}._-]{0,253}/uy;
/** What ends a local part: marks of any script. */
const foreignEnd = /[\s\u2018-\u201f\u3001-\u303f\uff00-\uff65«»]/u;
// Scripts without spaces run on after a domain: `ann@example.comに`, and before an address.
const runsOn =
  /^([a-z0-9.-]{1,250}\.[a-z]{2,20})[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/iu;
const runsInto = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]{1,100}(?=[a-z0-9])/iu;
const label = /^(?:orig_|x-)?(?:recipient|rcpt|to|e-?mail|user|address|mailbox)=(?=[^=@]{1,128}@)/iu;

/** The addresses in a piece of text, in order, once each, at most `max`. */
export function findAddresses(text: string, max: number): string[] {
  const found = new Set<string>();
  let floor = 0;
  // From each at sign outwards: a pattern that begins with the local part is tried at every place of a long word.
  for (let at = text.indexOf('@'); at >= 0 && found.size < max; at = text.indexOf('@', floor)) {
    const start = localPartStart(text, at, Math.max(floor, at - maxLocalPart));
    floor = at + 1;
    domain.lastIndex = floor;
    if (start === at || !domain.test(text)) continue;
    floor = domain.lastIndex;
    found.add(tidyAddress(text.slice(start, floor)));
  }
  return [...found];
}

/** Where the local part before `at` begins: as written, without quotes. An apostrophe stands only inside it. */
function localPartStart(text: string, at: number, floor: number): number {
  const start = runStart(text, at, floor);
  if (start === at || text.charAt(start - 1) !== "'") return start;
  const before = runStart(text, start - 1, floor);
  return before === start - 1 ? start : before;
}

function runStart(text: string, end: number, floor: number): number {
  let start = end;
  while (start > floor && !endsLocalPart(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

function endsLocalPart(unit: number): boolean {
  return unit > 0x20 && unit < 0x80 ? notInLocalParts[unit] === 1 : foreignEnd.test(String.fromCharCode(unit));
}

const notInLocalParts = new Uint8Array(0x80);
for (const octet of Buffer.from('<>"\'()[]:;,|@')) notInLocalParts[octet] = 1;

// Nothing sticks to it and nothing is wrapped round it: labels, SRS and BATV have an equals sign.
const plainAddress = /^[a-z][\w.+-]*@[a-z0-9.-]*[a-z0-9]$/iu;

/** Drops what sticks to an address in prose. */
export function tidyAddress(text: string): string {
  let clean = cleanText(text, maxAddress);
  if (plainAddress.test(clean)) return clean;
  if (clean.startsWith('<') && clean.includes('>')) clean = clean.slice(1, clean.indexOf('>'));
  clean = clean
    .replace(/^mailto:/iu, '')
    .replace(/^smtp:/iu, '')
    .replace(/^["'=*`]{1,4}/u, '')
    // Replies stick to the address that they begin with: `550-user@example.org is unknown`.
    .replace(/^[45]\d\d-/u, '');
  const end = /[.,;:'"\])>-]{1,4}$/u.exec(clean.slice(-4)) === null ? null : /[.,;:'"\])>-]{1,4}$/u.exec(clean);
  return unwrapped(withoutText(end === null ? clean : clean.slice(0, end.index)));
}

/** An address without the label or the words of a script without spaces that touch it. */
function withoutText(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = runsOn.exec(address.slice(at + 1))?.[1];
  const ended = domain === undefined ? address : `${address.slice(0, at + 1)}${domain}`;
  return ended.replace(runsInto, '').replace(label, '');
}

/** The address inside what forwarders (SRS) and gateways (BATV) wrap round one; as it is where nothing is. */
export function unwrapped(address: string): string {
  const at = address.lastIndexOf('@');
  let inner = address.slice(0, Math.max(0, at));
  const srs = unwrapSrs(inner);
  if (srs !== null) return `${srs.localPart}@${srs.domain}`;
  inner = unwrapBatv(inner) ?? inner;
  return at < 0 ? address : `${inner}${address.slice(at)}`;
}

// The words by which MTAs name the command that was answered.
const phases: readonly (readonly [Phase, readonly string[]])[] = [
  ['starttls', ['starttls', 'tls handshake']],
  ['rcpt', ['rcpt to', 'rcpt command', 'does not like recipient']],
  [
    'data',
    ['end of data', 'data command', 'final data', 'after i sent the message', 'end of message', 'pipelined data'],
  ],
  ['mail', ['mail from', 'mail command', 'does not like sender', 'but sender was rejected']],
  ['auth', ['auth command']],
  ['ehlo', ['ehlo', 'helo']],
  ['connect', ['initial connection', 'connect to ', 'connection timed out', 'connection refused', 'greeting']],
];

const spoken = phases.flatMap(([phase, words]) => words.map((word) => ({ phase, word })));
const spokenIndex = indexPhrases(
  spoken.map(({ word }) => word),
  [],
);

/** The phase of the SMTP dialogue that a text names, or null. */
export function phaseOf(text: string): Phase | null {
  return spoken[spokenIndex.first(text.slice(0, 1000).toLowerCase())]?.phase ?? null;
}
