/**
 * Courier: `<address>:`, and below it the host that was asked, what was said to it (`>>>`) and what it answered (`<<<`). What stands
 * around that are files which operators translate.
 */
import type { Notification } from '../letter.ts';
import { form, type Finding } from './form.ts';

const head = /^\s{0,4}<([^\s<>]{1,128}@[^\s<>@]{1,255})>:$/u;
/** Above the addresses that failed: those above it arrived. */
const failures = 'UNDELIVERABLE MAIL';

/** The addresses, each with the lines up to the next empty one. */
function findBelowAddresses({ lines }: Notification): readonly Finding[] {
  const found: { address: string; lines: string[] }[] = [];
  let isOpen = false;
  for (const line of lines) {
    const plain = line.trim();
    if (plain === failures) found.length = 0;
    const address = plain.startsWith('<') ? head.exec(line)?.[1] : undefined;
    if (address !== undefined) {
      found.push({ address, lines: [] });
      isOpen = true;
    } else if (plain === '') isOpen = false;
    else if (isOpen) found.at(-1)?.lines.push(plain);
  }
  return found.map((one) => ({ address: one.address, text: one.lines.join('\n') }));
}

const host = /^\S{1,255} \[[\d.a-f:]{3,45}\]:$/iu;

/** The answers, or its own words where there are none; neither the host nor what was said to it. */
function answersIn(text: string): string {
  if (!text.includes('<<<') && !text.includes('***') && !text.includes('>>>') && !text.endsWith(']:')) return text;
  const lines = text.split('\n').map((line) => line.trim());
  const answers = lines.filter((line) => line.startsWith('<<<') || line.startsWith('***'));
  if (answers.length > 0) return answers.map((line) => line.slice(3).trim()).join('\n');
  return lines.filter((line) => !line.startsWith('>>>') && !host.test(line)).join('\n');
}

/** The name it sends under. */
export const courierSender = 'Courier mail server at ';

export const courier = form({
  format: 'courier',
  signs: [
    'this is a delivery status notification from',
    'unable to deliver your message to the following recipients',
    'uncollected mail',
    'this delivery status notification',
    // The blocks themselves, whatever stands around them.
    '>:\n <<< ',
    ']:\n >>> ',
  ],
  quotes: ['reason:'],
  weight: 2,
  trailers: ['---------------', 'if your message was also sent'],
  blocks: true,
  find: findBelowAddresses,
  said: answersIn,
});
