/** The parts of a mail as a tree for people: numbered as IMAP does (RFC 9051 §6.4.5), each with what it was read for. */
import { contentType, header } from '../mime-headers.ts';
import type { MimeMessage, Part } from '../mime.ts';
import { isStatusPart } from '../report/read.ts';
import { isReturnedPart } from '../report/returned.ts';

/** What a part was read for. `none`: not at all. */
export type Role = 'multipart' | 'notification' | 'statusFields' | 'feedbackFields' | 'returnedMail' | 'none';

export interface PartFound {
  /** `1`, `2.1`; `0` for a multipart that is the whole mail. */
  readonly number: string;
  readonly depth: number;
  readonly type: string;
  readonly charset: string | null;
  readonly encoding: string | null;
  /** Octets of the content as it was sent. Null for multiparts. */
  readonly octets: number | null;
  readonly role: Role;
}

/** The tree, in the order of the mail. */
export function partsOf(message: MimeMessage): PartFound[] {
  const found: PartFound[] = [];
  const counters: number[] = [];
  let containers = 0;
  const numbered = (depth: number): string => {
    if (depth === 0) return message.multiparts.length === 0 ? '1' : '0';
    counters.length = depth;
    counters[depth - 1] = (counters[depth - 1] ?? 0) + 1;
    return counters.join('.');
  };
  const openAll = (before: number): void => {
    for (;;) {
      const next = message.multiparts[containers];
      if (next === undefined || next.before > before) return;
      containers += 1;
      const number = numbered(next.depth);
      const nothing = { charset: null, encoding: null, octets: null };
      found.push({ number, depth: next.depth, type: next.type, ...nothing, role: 'multipart' });
    }
  };
  const returnedAt = message.parts.findIndex(({ type }) => isReturnedPart(type));
  for (const [index, part] of message.parts.entries()) {
    openAll(index);
    const depth = part.span?.depth ?? 0;
    found.push({
      number: numbered(depth),
      depth,
      type: part.type,
      charset: contentType(part.headers).charset,
      encoding: header(part.headers, 'content-transfer-encoding')?.toLowerCase().slice(0, 40) ?? null,
      octets: part.span === null ? null : part.span.end - part.span.start,
      role: roleOf(part, returnedAt >= 0 && index > returnedAt),
    });
  }
  openAll(message.parts.length);
  return found;
}

function roleOf(part: Part, behindReturned: boolean): Role {
  if (isReturnedPart(part.type)) return 'returnedMail';
  if (part.type === 'message/feedback-report') return 'feedbackFields';
  if (isStatusPart(part)) return 'statusFields';
  return part.type.startsWith('text/') && !behindReturned ? 'notification' : 'none';
}
