/** Postfix, and the gateways built on it, where the report part is missing. */
import { form } from './form.ts';

export const postfix = form({
  format: 'postfix',
  signs: [
    'this is the postfix program',
    'this is the mail system at host',
    'the postfix program',
    'the mail system\n',
    "i'm sorry to have to inform you that",
  ],
  weight: 3,
});
