/** Managers of mailing lists that refuse a mail to a list. */
import { findAddresses } from '../claim.ts';
import type { Notification } from '../letter.ts';
import { form, type Finding, type Form } from './form.ts';

export const lists: readonly Form[] = [
  form({
    format: 'list',
    signs: [
      'you are not a member of this mailing list',
      'you are not allowed to post to this mailing list',
      'is not allowed to post to this list',
      'posting to this list is restricted',
      'you are not a member of',
      'mailing-list was rejected for the following',
    ],
    weight: 3,
    find: findList,
  }),
];

/**
 * The list itself is named beside the refusal; the addresses further down are for commands and help. Mailman 3 gives the list's
 * name alone: then it is whom the mail that it returns was written to.
 */
function findList({ text, returned }: Notification): readonly Finding[] {
  const head = text.trimStart();
  const first = head.slice(0, `${head}\n`.indexOf('\n'));
  const named = findAddresses(first, 2);
  const written = named.length > 0 ? [] : findAddresses(returned?.headers['to'] ?? '', 2);
  return [...named, ...(written.length === 1 ? written : [])].map((address) => ({ address, text }));
}
