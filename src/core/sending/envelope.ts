/**
 * Addresses on their way into an SMTP command. nodemailer parses what it is given: one text with a comma, an angle bracket
 * or a group becomes other recipients than were asked for. So only what is exactly one mailbox ever reaches it.
 */
import { parseMailbox, type Mailbox } from '../address.ts';

export type CheckedRecipient =
  | { readonly ok: true; readonly mailbox: Mailbox; readonly address: string; readonly smtputf8: boolean }
  | { readonly ok: false; readonly why: 'notAMailbox' | 'tooLong' };

/** RFC 5321 §4.5.3.1.3: a path has 256 octets, two of them brackets. */
const maxAddress = 254;

/** `address` is what RCPT is given: the local part as written, the domain as A-label. */
export function checkRecipient(text: string): CheckedRecipient {
  const parsed = parseMailbox(text);
  if (!parsed.ok) return { ok: false, why: parsed.why === 'tooLong' ? 'tooLong' : 'notAMailbox' };
  const { mailbox } = parsed;
  const address = `${mailbox.localPart}@${mailbox.domain}`;
  if (Buffer.byteLength(address) > maxAddress) return { ok: false, why: 'tooLong' };
  return { ok: true, mailbox, address, smtputf8: !/^[\x21-\x7e]*$/.test(mailbox.localPart) };
}
