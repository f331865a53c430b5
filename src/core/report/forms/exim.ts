/** Exim and those who took its wording (mail.com, MX Logic, Zoho): the address indented, the reply indented further. */
import { form } from './form.ts';

/** How the address came about, and nothing of what became of it. */
const aliasOnly = /^\((?:ultimately )?generated from [^\n]{1,400}\)$/u;

export const exim = form({
  format: 'exim',
  signs: [
    'this message was created automatically by mail delivery software',
    'a message that you sent could not be delivered',
    'a message that you sent has not yet been delivered',
    'a message that you sent contained one or more recipient addresses',
    'a message that you sent contained no recipient addresses',
  ],
  weight: 3,
  trailers: [
    'no action is required on your part',
    'the following text was generated',
    'this address has been ignored',
    'your message header is',
  ],
  blocks: true,
  said: (text) => (aliasOnly.test(text) ? '' : text),
});
