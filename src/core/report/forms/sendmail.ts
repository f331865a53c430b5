/**
 * Sendmail 5 to 8 and Yahoo-like copies without a report part: a list of addresses with reasons, and a transcript of the session
 * in which `>>>` is what we said, `<<<` what was answered, and a plain reply line is Sendmail's own conclusion.
 */
import { findAddresses } from '../claim.ts';
import type { Notification } from '../letter.ts';
import { form, type Finding } from './form.ts';

export const sendmail = form({
  format: 'sendmail',
  signs: [
    'addresses had permanent fatal errors',
    'transcript of session follows',
    'addresses had delivery errors',
    'addresses had delivery problems',
    'addresses have delivery notifications',
    'addresses had transient non-fatal errors',
    'addresses had successful delivery notifications',
    'session transcript follows',
  ],
  weight: 3,
  find: findInTranscript,
});

const replyLine = /^[45]\d\d[ -]/u;

function findInTranscript({ lines }: Notification): readonly Finding[] {
  const listed = new Map<string, string[]>();
  const said = new Map<string, string[]>();
  const answers: string[] = [];
  let pending: string[] = [];
  let section: 'none' | 'list' | 'transcript' = 'none';
  let current: string[] | null = null;
  let asked: string | null = null;
  for (const line of lines) {
    const plain = line.trim();
    const lower = plain.toLowerCase();
    if (plain.startsWith('--') || plain.startsWith('==')) {
      if (lower.includes('transcript')) section = 'transcript';
      else if (lower.includes('addresses had') || lower.includes('addresses have')) section = 'list';
      current = null;
    } else if (section === 'list' && plain !== '') {
      const address = /^[('[]/u.test(plain) ? undefined : findAddresses(plain, 2).at(-1);
      if (
        address !== undefined &&
        // Indented words below an address are its reason, even where they name another one.
        !(line.startsWith(' ') && current !== null && plain.includes(' '))
      ) {
        current = [];
        listed.set(address, current);
        const rest = /[[(](.{3,})[\])]$/u.exec(plain)?.[1];
        if (rest !== undefined) current.push(rest);
      } else {
        // A local user, a pipe or a file is named by what it was before expansion.
        const expanded =
          current === null && plain.startsWith('(expanded from') ? findAddresses(plain, 1)[0] : undefined;
        if (expanded === undefined) (current ?? pending).push(reasonOf(plain));
        else {
          listed.set(expanded, pending);
          current = pending;
          pending = [];
        }
      }
    } else if (section === 'transcript') {
      if (plain.startsWith('>>>')) asked = lower.includes('rcpt to') ? (findAddresses(plain, 1)[0] ?? null) : null;
      else if (plain.startsWith('<<<') || replyLine.test(plain)) {
        const reply = plain.replace(/^<{3}\s?/u, '');
        const about: string | null = asked ?? (plain.startsWith('<<<') ? null : (findAddresses(plain, 1)[0] ?? null));
        if (about === null) {
          answers.push(reply);
          pending.push(reply);
        } else {
          // An answer to MAIL or DATA is about the recipient of the conclusion that follows it.
          said.set(about, [...(said.get(about) ?? []), ...pending, reply].slice(0, 20));
          pending = [];
        }
        if (!plain.startsWith('<<<')) asked = null;
      } else if (plain !== '' && answers.length > 0 && answers.length < 20) answers.push(plain);
    }
  }
  const addresses = listed.size > 0 ? [...listed.keys()] : [...said.keys()];
  return addresses.slice(0, 100).map((address) => {
    const own = [...(listed.get(address) ?? []), ...(said.get(address) ?? [])];
    const text = own.some((words) => replyLine.test(words)) ? own : [...own, ...answers];
    return { address, text: [...new Set(text)].slice(0, 40).join('\n') };
  });
}

function reasonOf(line: string): string {
  return line.startsWith('(reason: ') ? line.slice(9).replace(/\)$/u, '') : line;
}
