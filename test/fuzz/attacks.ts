/** Texts that make careless parsers and patterns take quadratic time or worse, each of any size, and the mails that carry them. */

export interface Attack {
  readonly name: string;
  /** What is repeated, or begins the text before `filler` is. */
  readonly unit: string;
}

export const attacks: readonly Attack[] = [
  ['letters', 'a'],
  ['digits', '5'],
  ['dots', '.'],
  ['digits and dots', '5.'],
  ['status codes', '5.1.1 '],
  ['reply codes', '550 5.1.1 '],
  ['continued replies', '550-5.1.1 '],
  ['blanks', ' '],
  ['tabs and blanks', ' \t'],
  ['newlines', '\n'],
  ['carriage returns', '\r'],
  ['CRLF', '\r\n'],
  ['at signs', '@'],
  ['addresses', 'a@b.c '],
  ['addresses without end', 'a@b.'],
  ['local parts', 'a.b+c-'],
  ['opening angles', '<'],
  ['empty angles', '<>'],
  ['opening brackets', '['],
  ['opening parentheses', '('],
  ['quotes', '"'],
  ['apostrophes', "'"],
  ['colons', ':'],
  ['semicolons', ';'],
  ['equals signs', '='],
  ['quoted-printable', '=4'],
  ['encoded words', '=?utf-8?B?'],
  ['hyphens', '-'],
  ['boundaries', '--b\n'],
  ['boundaries that end otherwise', '--b x\n'],
  ['header lines', 'X: y\n'],
  ['folded lines', 'X:\n y\n'],
  ['fields of recipients', 'Final-Recipient: rfc822; a@b.c\nAction: failed\n\n'],
  ['words of failure', 'user unknown '],
  ['half a phrase', 'mailbox ful'],
  ['phrases that begin alike', 'recipient address recipient '],
  ['said', 'said: 5'],
  ['marks of copies', '--- original message follows\n'],
  ['transcripts', '----- Transcript of session follows -----\n>>> RCPT To:<a@b.c>\n<<< 550 x\n'],
  ['tags', '<blockquote>'],
  ['entities', '&#x41;'],
  ['comments', '<!--'],
  ['letters that grow when they become small, and tags', '\xc4\xb0</script><script>'],
  ['Cyrillic', '\xd0\xb0'],
  ['Chinese', '\xe5\xae\xb9'],
  ['escapes of ISO-2022', '\x1b$B'],
  ['octets of no charset', '\xff'],
].map(([name = '', unit = '']) => ({ name, unit }));

/** Octets (latin1) of an attack, exactly `size` of them. */
export function textOf({ unit }: Attack, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
}

const head = 'From: MAILER-DAEMON@mx.example.net\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n';
const report = `${head}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n`;
const fields = 'Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; ann@example.com\nAction: failed\n';

/** Where an attack may stand in a mail, each a reader of its own. */
export const carriers: Readonly<Record<string, (text: string) => string>> = {
  prose: (text) => `${head}\n${text}`,
  'prose under the words of Sendmail': (text) =>
    `${head}\n----- The following addresses had permanent fatal errors -----\n<ann@example.com>\n\n${text}`,
  'automatic reply': (text) => `From: ann@example.com\nAuto-Submitted: auto-replied\nSubject: away\n\n${text}`,
  'personal mail': (text) => `From: ann@example.com\nTo: bob@example.org\nSubject: hello\n\n${text}`,
  HTML: (text) => `${head}Content-Type: text/html\n\n<p>ann@example.com</p>${text}`,
  'quoted-printable': (text) => `${head}Content-Transfer-Encoding: quoted-printable\n\n${text}`,
  Japanese: (text) => `${head}Content-Type: text/plain; charset=iso-2022-jp\n\n${text}`,
  header: (text) => `${head}To: ${text}\nX: ${text}\n\nx`,
  'content type': (text) => `${head}Content-Type: multipart/mixed; x=${text}; boundary="b"\n\n--b\n\nx\n--b--\n`,
  'report fields': (text) => `${report}Content-Type: message/delivery-status\n\n${fields}${text}\n--b--\n`,
  diagnostic: (text) =>
    `${report}Content-Type: message/delivery-status\n\n${fields}Diagnostic-Code: smtp; ${text}\n--b--\n`,
  recipient: (text) =>
    `${report}Content-Type: message/delivery-status\n\n${fields}Original-Recipient: rfc822; ${text}\n--b--\n`,
  'returned message': (text) =>
    `${report}\nIt failed.\n--b\nContent-Type: message/rfc822\n\nFrom: a@example.com\nTo: ${text}\n\n${text}\n--b--\n`,
  'feedback report': (text) =>
    `${report}Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ${text}\n--b--\n`,
};
