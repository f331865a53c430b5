/** Servers whose whole report is a line or two: signs so common in other reports that they are asked last. */
import { form, type Form } from './form.ts';

export const plain: readonly Form[] = [
  form({
    format: 'imail',
    signs: [
      'unknown user:',
      'user mailbox exceeds allowed size',
      'delivery failed 20 attempts',
      'undeliverable to ',
      'body of message generated response:',
      'unknown host:',
    ],
    weight: 2,
    quotes: ['body of message generated response:'],
  }),
];
