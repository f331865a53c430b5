/** Servers that organisations run themselves, and their kin: what tells their words apart, and what frames the reason. */
import { findBelowHeads } from './communigate.ts';
import { courier } from './courier.ts';
import { findInSession } from './mdaemon.ts';
import { form, type Form } from './form.ts';

export const servers: readonly Form[] = [
  form({ format: 'dragonfly', signs: ['this is the dragonfly mail agent'], weight: 3 }),
  form({
    format: 'opensmtpd',
    signs: [
      'this is the mailer-daemon, please do not reply to this e-mail',
      'hi!\n\n    this is the mailer-daemon',
      'opensmtpd',
    ],
    weight: 3,
    blocks: true,
    // The action beside it is `delayed`, for more than 0 seconds.
    givesUp: ['envelope expired'],
  }),
  courier,
  form({
    format: 'domino',
    signs: [
      'not listed in domino directory',
      'not listed in public name',
      'was not delivered to:',
      'wurde nicht zugestellt an:',
      "n'a pas été remis à :",
      "n'a pas été distribué à :",
      'no se entregó a:',
      'no se ha entregado a:',
      'non è stato consegnato a:',
      'não foi entregue a:',
      'niet afgeleverd bij:',
      'ibm domino',
      'hcl domino',
      'lotus notes',
    ],
    weight: 2,
    quotes: ['because:', 'wegen:', 'weil:', 'car :', 'motif :', 'debido a:', 'porque:', 'perché:', 'omdat:'],
  }),
  form({ format: 'sieve', signs: ['was automatically rejected'], quotes: ['reason was given:'], weight: 3 }),
  form({ format: 'notes', signs: ['------- failure reasons'], weight: 3, trailers: ['--'] }),
  form({
    format: 'hmailserver',
    signs: [
      'hmailserver',
      'your message did not reach some or all of the intended recipients',
      'remote server (',
      'error type: smtp',
    ],
    weight: 2,
  }),
  form({
    format: 'mailenable',
    signs: ['mailenable: message delivery failure', 'recipient: [smtp:'],
    weight: 2,
    quotes: ['remote smtp server returned:', 'reason:'],
    trailers: ['message headers follow'],
  }),
  form({
    format: 'mdaemon',
    signs: [
      'the following data may contain sections which represent bcc',
      'permanent fatal delivery errors',
      'transient non-fatal delivery errors',
      'mdaemon',
      'message delivery status report',
      'session transcript:',
      '--- session transcript ---',
    ],
    weight: 2,
    find: findInSession,
  }),
  form({
    format: 'novell',
    signs: ['the message that you sent was undeliverable to the following', 'message status - undeliverable'],
    weight: 3,
  }),
  form({
    format: 'communigate',
    signs: ['failed to deliver to ', 'message reporting mta', 'message delivery to '],
    weight: 2,
    find: findBelowHeads,
  }),
  form({
    format: 'x400',
    signs: ['o/r name', 'or-name', 'x.400 '],
    weight: 2,
    quotes: ['for the following reason:', 'reason code:'],
  }),
];
