/**
 * Enhanced status codes (RFC 3463) and SMTP reply codes (RFC 5321 §4.2): read from a field, or found in words.
 * In words a number is only a code where it stands like one: never part of an address, a version, a date or a size.
 */

const statusField = /^\s{0,20}([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])/u;
const plainStatus = /^[245]\.\d\.\d$/u;
const statusInText = /(?<![\w./-])#?[245]\.\d{1,2}\.\d{1,3}(?!\.?\d|\.\w)/gu;
const statusAfterCode = /(?<![\w.])([245])\d\d[ -]{1,3}#?(\1\.\d{1,3}\.\d{1,3})(?!\.?\d)/u;

/** A Status field: the code before any comment, leading zeros dropped; null where it is none. */
export function parseStatus(value: string): string | null {
  if (value.length === 5 && plainStatus.test(value)) return value;
  const match = statusField.exec(value);
  return match === null ? null : [match[1], match[2], match[3]].map(Number).join('.');
}

const anyStatus = /[245]\.\d{1,3}\.\d/u;

/** The first enhanced status in a text, one that follows a reply code before any other. */
export function findStatus(text: string): string | null {
  // Most prose has none: one pass says so.
  if (!anyStatus.test(text)) return null;
  const beside = statusAfterCode.exec(text)?.[2];
  if (beside !== undefined) return beside;
  let vague: string | null = null;
  // Not matchAll, here and below: it makes a copy of the expression for each text.
  statusInText.lastIndex = 0;
  for (let match = statusInText.exec(text); match !== null; match = statusInText.exec(text)) {
    const found = match[0].startsWith('#') ? match[0].slice(1) : match[0];
    if (!isVagueStatus(found)) return found;
    vague ??= found;
  }
  return vague;
}

/** `5.0.0` and its like say no more than the class. */
export function isVagueStatus(status: string): boolean {
  return status.endsWith('.0.0');
}

// What RFC 5321, its extensions and large receivers really send.
const spoken = new Set(
  (
    '421 422 431 432 441 442 446 447 449 450 451 452 453 454 455 458 459 471 ' +
    '500 501 502 503 504 505 510 511 512 513 515 517 518 520 521 522 523 524 525 526 530 531 532 533 534 535 538 540 541 542 ' +
    '543 544 545 546 547 550 551 552 553 554 555 556 557 558 559 560 561 562 563 564 565 566 568 569 570 571 572 573 574 575 576 577 578 579 580 581 591 598 599'
  )
    .split(' ')
    .map(Number),
);

// What stands before a reply code that is announced, however unusual the code is.
const announcement =
  /(?:said|says|response(?: was)?|respuesta|returned|error(?:[ _]code)?|code|reply|replied|issued|got|<<<|answered|reason|smtp;|rejected|failed with|deferred|status|grund|fehler|erreur|raison|motif|motivo|causa|errore|erro|reden|fout|powód|błąd|důvod|причина|ошибка|原因|理由|원인|실패원인)[ :：=(#<'"]{1,4}$/iu;
const maxAnnouncement = 16;
const anyCode = /[45]\d\d/u;
const announcedCode = /(?<=[ :：=(#<'"])[45]\d\d(?=[ \-:#,;)\]>'"\n.]|$)/gu;
const atStart = /^[ \t>'"(<[]{0,8}([45]\d\d)(?=[ \-:#,;)]|$)/mu;
const standing = /(?<![\w.:/@=+#-])(?<!\d[ ,])#?([45]\d\d)(?=[ \-:#,;)][^\d\n]|[ -]{1,2}#?[245]\.\d|-\d\.\d|\)|$)/gu;
const quantity =
  /^[ -]?(?:bytes|kb|mb|kib|mib|k\b|seconds|secs|minutes|min\b|hours|days|messages|recipients|octets|characters|lines|files|times|attempts|items|x\b|px)/iu;

/** A reply code in a diagnostic: announced, at the start of a line, or standing alone; null where there is none. */
export function findReplyCode(text: string): number | null {
  if (!anyCode.test(text)) return null;
  const inner = text.includes('... ') ? concluded.exec(text)?.[1] : undefined;
  if (inner !== undefined && known(inner)) return Number(inner);
  const first = atStart.exec(text);
  if (first?.[1] !== undefined && known(first[1]) && !isQuantity(text, first.index + first[0].length))
    return Number(first[1]);
  const told = findAnnounced(text);
  if (told !== null && known(told)) return Number(told);
  standing.lastIndex = 0;
  for (let match = standing.exec(text); match !== null; match = standing.exec(text)) {
    const code = match[1];
    if (code !== undefined && known(code) && !isQuantity(text, match.index + match[0].length)) return Number(code);
  }
  return null;
}

/** The codes that stand in a text. */
interface CodesIn {
  readonly status: string | null;
  readonly replyCode: number | null;
}

interface Asked {
  readonly text: string;
  readonly codes: CodesIn;
}

let latest: Asked | null = null;
let before: Asked | null = null;

/** As `findStatus` and `findReplyCode`; readers ask for the same few texts one after the other. */
export function codesIn(text: string): CodesIn {
  if (latest?.text === text) return latest.codes;
  if (before?.text === text) return before.codes;
  before = latest;
  latest = { text, codes: { status: findStatus(text), replyCode: findReplyCode(text) } };
  return latest.codes;
}

/** The first code that is announced. The words are looked for before codes: asked at every place of a text they cost much. */
function findAnnounced(text: string): string | null {
  announcedCode.lastIndex = 0;
  for (let match = announcedCode.exec(text); match !== null; match = announcedCode.exec(text))
    if (announcement.test(text.slice(Math.max(0, match.index - maxAnnouncement), match.index))) return match[0];
  return null;
}

// Old Sendmail wraps the answer in a conclusion of its own: `554 <user@example.org>... 550 Host unknown`.
const concluded = /^[45]\d\d \S{1,320}\.{3} ([45]\d\d) /mu;

function known(code: string): boolean {
  return spoken.has(Number(code));
}

function isQuantity(text: string, at: number): boolean {
  return quantity.test(text.slice(at, at + 14));
}
