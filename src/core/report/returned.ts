/** The returned message: its headers, from a part of its own or from the copy below the prose. Never its body. */
import type { MimeMessage } from '../mime.ts';
import { fieldNames, hasHeader, pickHeaders, readHeaders, type HeaderBlock } from '../mime-headers.ts';
import { cleanText } from '../clean-text.ts';

export interface Returned {
  readonly headers: Readonly<Record<string, string>>;
  readonly messageId: string | null;
}

const kept = fieldNames([
  'from',
  'to',
  'cc',
  'subject',
  'message-id',
  'date',
  'list-id',
  'list-unsubscribe',
  'feedback-id',
  'return-path',
  'reply-to',
  'sender',
  'x-mailer',
  'precedence',
  'auto-submitted',
  'in-reply-to',
  'x-campaign',
  'x-campaign-id',
  'x-mailer-lid',
  'x-original-to',
  'delivered-to',
  'x-failed-recipients',
  'x-hmxmroriginalrecipient',
]);
const types = new Set([
  'message/rfc822',
  'text/rfc822-headers',
  'message/global',
  'message/global-headers',
  'message/rfc822-headers',
  'text/rfc822',
  'message/partial',
  'text/rfc822-header',
]);
const maxValue = 1024;

export function isReturnedPart(type: string): boolean {
  return types.has(type);
}

/** The headers of the first returned part, or null. */
export function readReturned(message: MimeMessage): Returned | null {
  for (const part of message.parts) {
    if (!isReturnedPart(part.type)) continue;
    const found = returnedIn(part.head());
    if (found !== null) return found;
  }
  return null;
}

/** The headers at the beginning of a text that is a message or a list of its headers; null where there are none. */
export function returnedFrom(text: string): Returned | null {
  let start = 0;
  while (text[start] === '\n' || text[start] === ' ') start += 1;
  return returnedIn(readHeaders(text, start));
}

function returnedIn(block: HeaderBlock): Returned | null {
  if (!looksLikeMessage(block)) return null;
  const headers = pickHeaders(block, kept, maxValue);
  return { headers, messageId: messageId(headers['message-id']) };
}

function looksLikeMessage(block: HeaderBlock): boolean {
  return ['from', 'to', 'subject', 'message-id', 'received', 'date'].some((name) => hasHeader(block, name));
}

/** A Message-ID without brackets. */
function messageId(value: string | undefined): string | null {
  if (value === undefined) return null;
  const open = value.indexOf('<');
  const close = value.indexOf('>', open);
  const id = open >= 0 && close > open ? value.slice(open + 1, close) : value;
  return cleanText(id, 512).replaceAll(' ', '') || null;
}
