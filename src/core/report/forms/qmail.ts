/** qmail and its children (netqmail, qmail-ldap, s/qmail, courier-like wrappers): `<address>:` and the words below it. */
import { form } from './form.ts';

export const qmail = form({
  format: 'qmail',
  signs: [
    'this is the qmail-send program',
    "i'm afraid i wasn't able to deliver your message",
    'i tried to deliver a bounce message to this address',
    'your mail message to the following address(es) could not be delivered',
    'this is the machine generated message from mail service',
    'unable to deliver your message to the following address',
    'ich konnte ihre nachricht nicht',
    // The words of its remote program, under whatever introduction an operator wrote.
    ' does not like recipient.',
    ' does not like sender.',
    'but greeting failed.',
    '\ngiving up on ',
  ],
  weight: 3,
  trailers: ['giving up on'],
});
