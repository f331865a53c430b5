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
    '--- delivery report unavailable ---',
  ],
  weight: 3,
  // What it kept about the addresses is lost.
  said: (text) => (text.includes('--- Delivery report unavailable ---') ? '' : text),
});
