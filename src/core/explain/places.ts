/**
 * Where in the mail a report's values stand, for a person who wants to see it there: part and line, and the line and octet of the
 * whole mail where the part is not encoded. Looked for after the reading, by name and by value, so that no reader carries offsets.
 * What a reader took together from several places is found at its beginning, or not at all.
 */
import type { Evidence, Report } from '../event.ts';
import { header } from '../mime-headers.ts';
import type { MimeMessage } from '../mime.ts';
import { lineDocument, type LineDocument } from './lines.ts';
import type { PartFound } from './parts.ts';

/** One value and its place. */
export interface Place {
  /** A field of the report, or `evidence`. */
  readonly field: string;
  /** The name of the field or header in the mail, as written; null where the value stands in words. */
  readonly name: string | null;
  /** The number of the part; `header` for the mail's own header. */
  readonly part: string;
  /** Within the part as decoded, from 1. */
  readonly line: number;
  /** Within the mail, from 1; null where the part is encoded. */
  readonly mailLine: number | null;
  /** Octets before that line in the mail; null where the part is encoded or the mail has bare CRs. */
  readonly offset: number | null;
}

/** Finds places of values in one mail. */
export interface Places {
  of(report: Report, evidence: Evidence | null): Place[];
}

const names: readonly (readonly [field: keyof Report, names: readonly string[]])[] = [
  ['reportAction', ['action']],
  ['status', ['status']],
  ['diagnosticCode', ['diagnostic-code', 'x-diagnostic-code']],
  ['finalRecipient', ['final-recipient', 'x-actual-recipient', 'original-rcpt-to', 'removal-recipient']],
  ['originalRecipient', ['original-recipient']],
  ['reportingMta', ['reporting-mta']],
  ['remoteMta', ['remote-mta']],
  ['arrivalDate', ['arrival-date', 'received-date']],
  ['lastAttemptDate', ['last-attempt-date']],
  ['willRetryUntil', ['will-retry-until']],
  ['feedbackType', ['feedback-type']],
];
/** Fields whose value a reader changes: the name alone will do. */
const rewritten: readonly (keyof Report)[] = [
  'reportAction',
  'finalRecipient',
  'originalRecipient',
  'reportingMta',
  'arrivalDate',
  'lastAttemptDate',
  'willRetryUntil',
  'feedbackType',
];
const inWords: readonly (keyof Report)[] = ['finalRecipient', 'diagnosticCode', 'status', 'replyCode', 'remoteMta'];

/** @param octets of the mail as it came, at most what was scanned; offsets are told only where the scanner saw them unchanged. */
export function placesIn(message: MimeMessage, found: readonly PartFound[], octets: number): Places {
  const { text } = message.headers;
  const exact = text.length === octets;
  const leaves = found.filter(({ role }) => role !== 'multipart');
  const documents = (role: PartFound['role']): { number: string; document: LineDocument }[] =>
    leaves.flatMap((leaf, index) => {
      const part = message.parts[index];
      if (leaf.role !== role || part === undefined) return [];
      const encoding = header(part.headers, 'content-transfer-encoding')?.toLowerCase() ?? '';
      const plain = part.span !== null && encoding !== 'base64' && encoding !== 'quoted-printable';
      const at = plain ? { text, start: part.span.start, exact } : null;
      return [{ number: leaf.number, document: lineDocument(part.text(), at) }];
    });
  const fields = [...documents('statusFields'), ...documents('feedbackFields')];
  const words = documents('notification');
  const top = {
    number: 'header',
    document: lineDocument(text.slice(0, message.headers.bodyStart), { text, start: 0, exact }),
  };

  const placed = (field: string, name: string | null, number: string, document: LineDocument, line: number): Place => ({
    field,
    name,
    part: number,
    line: line + 1,
    ...document.inMail(line),
  });

  const named = (report: Report, field: keyof Report, value: string, wanted: readonly string[]): Place | null => {
    for (const { number, document } of fields) {
      const one = document.field(wanted, report.finalRecipient, rewritten.includes(field) ? '' : value);
      if (one !== null) return placed(field, one.name, number, document, one.line);
    }
    return null;
  };
  const worded = (field: string, value: string): Place | null => {
    for (const { number, document } of [...fields, ...words, top]) {
      const line = document.line(value);
      if (line !== null) return placed(field, null, number, document, line);
    }
    return null;
  };

  const evidencePlace = (evidence: Evidence): Place | null => {
    if (!evidence.field.startsWith('header:')) return worded('evidence', evidence.text);
    const one = top.document.field([evidence.field.slice('header:'.length)], null, '');
    return one === null ? null : placed('evidence', one.name, 'header', top.document, one.line);
  };

  return {
    of(report, evidence) {
      const places = names.flatMap(([field, wanted]) => {
        const value = textOf(report[field]);
        return value === null ? [] : [named(report, field, value, wanted)];
      });
      const known = new Set(places.filter((place) => place !== null).map(({ field }) => field));
      for (const field of inWords) {
        const value = textOf(report[field]);
        if (value !== null && !known.has(field)) places.push(worded(field, value));
      }
      if (evidence !== null) places.push(evidencePlace(evidence));
      return places.filter((place) => place !== null);
    },
  };
}

function textOf(value: Report[keyof Report]): string | null {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
