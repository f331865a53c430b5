/**
 * Reading an arrival in the pipeline: the linear scanner for all mail, and mailparser besides for the few whose structure is not
 * what their headers promise. All of mailparser's conversions are off: HTML to text alone can end the process.
 */
import { simpleParser, type Attachment, type ParsedMail } from 'mailparser';
import type { ReadMessage } from '../core/event.ts';
import { decodeCharset } from '../core/mime-decode.ts';
import { contentType, readHeaders } from '../core/mime-headers.ts';
import { scanMessage, textPart, type MimeMessage, type Part } from '../core/mime.ts';
import { readScanned } from '../core/report/read.ts';

// mailparser holds many times the size of what it reads.
const maxOctets = 1024 * 1024;

/**
 * The claims of an arrival. Never rejects: what neither parser can read is a report of kind `none` with the flag `unparseable`.
 */
export async function readArrival(raw: Buffer, truncated: boolean): Promise<ReadMessage> {
  const scanned = scanMessage(raw);
  const read = readScanned(scanned, { truncated });
  const odd = read.flags.some((flag) => flag.startsWith('odd:'));
  if (!odd || read.reports.some((report) => report.kind !== 'none' && report.finalRecipient !== null)) return read;
  const other = await readByMailparser(raw, scanned);
  if (other === null) return { ...read, flags: [...read.flags, 'unparseable'] };
  const second = readScanned(other, { truncated });
  return second.reports.some((report) => report.kind !== 'none') ? second : read;
}

/** The structure that mailparser finds; null where it refuses the mail. */
export async function readByMailparser(raw: Buffer, scanned: MimeMessage): Promise<MimeMessage | null> {
  try {
    const mail = await simpleParser(raw.subarray(0, maxOctets), {
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      keepDeliveryStatus: true,
      ignoreEmbedded: true,
      maxHtmlLengthToParse: 0,
      maxHeadSize: 64 * 1024,
      maxChildNodes: 100,
    });
    return fromParsed(mail, scanned);
  } catch {
    // EMAXLEN and every other complaint mean the same here: this parser cannot help.
    return null;
  }
}

/** mailparser's result in the scanner's shape. */
function fromParsed(mail: ParsedMail, scanned: MimeMessage): MimeMessage {
  const lines = mail.headerLines.map(({ line }) => line).join('\n');
  const headers = readHeaders(`${lines}\n\n`, 0);
  const parts: Part[] = [];
  // All text parts in one; of HTML that was not converted mailparser makes an empty text.
  if (mail.text !== undefined) parts.push(textPart('text/plain', mail.text));
  if (typeof mail.html === 'string') parts.push(textPart('text/html', mail.html));
  for (const attachment of mail.attachments.slice(0, 100)) parts.push(fromAttachment(attachment));
  return { headers, type: contentType(headers), parts, multiparts: [], flags: scanned.flags };
}

function fromAttachment({ contentType: type, content, headers, filename, contentDisposition }: Attachment): Part {
  const octets = content.toString('latin1', 0, 256 * 1024).replaceAll('\r\n', '\n');
  const name = filename === undefined ? '' : `; filename="${filename.replaceAll(/[\r\n"]/gu, '')}"`;
  const head = `content-disposition: ${contentDisposition}${name}\n\n`;
  return textPart(type.toLowerCase(), decodeCharset(octets, charsetOf(headers.get('content-type'))), head);
}

/** Of a structured header as mailparser gives it. */
function charsetOf(field: unknown): string | null {
  if (typeof field !== 'object' || field === null || !('params' in field)) return null;
  const { params } = field;
  if (typeof params !== 'object' || params === null || !('charset' in params)) return null;
  return typeof params.charset === 'string' ? params.charset.toLowerCase() : null;
}
