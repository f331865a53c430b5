/**
 * Challenge/response filters: the receiver's side asks the sender to prove to be a person before the mail is delivered (TMDA,
 * ASK, qconfirm, Boxbe, Spam Arrest, Mailinblack and the like). Never a bounce of the address.
 */
import { cleanText } from '../clean-text.ts';
import { indexPhrases } from '../phrases.ts';
import { header } from '../mime-headers.ts';
import type { MimeMessage } from '../mime.ts';
import type { Evidence, Report } from '../event.ts';
import { smallLetters } from '../small-letters.ts';
import { claim, diagnostic, findAddresses } from './claim.ts';
import type { Envelope, Notification } from './letter.ts';
import { signIn } from './sign.ts';

// One of these says it alone: names of such services, or their own words.
const strong = [
  'boxbe guest list',
  'add yourself to my guest list',
  'only from senders i have approved',
  'to my list of approved senders',
  'www.boxbe.com/crs',
  'spamarrest.com/a2',
  'this account is protected by bluebottle',
  'to have your address added to the recipient',
  'my spam filter requires you to',
  'spamblocker-challenge',
  'this is a one-time verification',
  'tmda-verify',
  'server requires confirmation',
  'please confirm that you sent',
  'confirm that you are a human',
  'confirm you are a person',
  'verify that you are a human',
  'verify you are a human',
  'prove that you are a human',
  'prove you are a human',
  'click the link below to be added to my',
  'your message is being held until you',
  'your email is being held until you',
  'your message has been held until',
  'is being held because the address',
  'to release your message for delivery',
  'to have your message delivered, ',
  'the qconfirm program',
  'mail confirmation request program',
  'this message will only be delivered if you',
  'to deliver your message, please click',
  'added to my approved senders',
  'added to the list of allowed senders',
  'i use a challenge',
  'mailinblack',
  'to complete the verification of your',
  'authenticate yourself as a sender',
  'has been placed on hold until you',
  'antispam uol',
  'anti-spam uol',
  // German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech.
  'bitte bestätigen sie, dass sie diese',
  'bestätigen sie, dass sie ein mensch',
  'zurückgehalten, bis sie',
  'einmalig als absender bestätigen',
  'autoriser votre adresse',
  'confirmer que vous êtes bien',
  'prouver que vous êtes un humain',
  "en attente d'authentification",
  'vous authentifier en tant qu',
  'confirme que usted envió',
  'confirmar que es una persona',
  'hasta que confirme su dirección',
  'confermi di essere il mittente',
  'in attesa di conferma del mittente',
  'confirme que você enviou',
  'confirmar que você é uma pessoa',
  'bevestig dat u de afzender',
  'bevestig dat u een mens bent',
  'potwierdź, że jesteś nadawcą',
  'potwierdzić, że jest pan',
  'potvrďte, že jste odesílatel',
  // Russian, Japanese, Korean, Chinese.
  'подтвердите, что вы отправили',
  'подтвердите, что вы не робот',
  'подтвердить, что вы отправ',
  '送信者であることを確認',
  '送信者認証のため',
  '발신자 인증을',
  '请确认您是发件人',
  '發件人驗證',
  '发件人验证',
];
export const strongSubjects = ['[spam arrest]', 'message challenge', 'challenge-response'];
// Subjects that also stand above registrations and the like: the words must be about a mail that was sent.
export const subjects = [
  'verify your email to',
  'please authenticate',
  'please confirm your message',
  'confirmation required for your message',
  'your message requires confirmation',
  'action required to deliver',
  'please verify your address',
  'sender verification',
  'verify your message',
  'verification required',
  'bestätigung ihrer nachricht',
  'confirmation de votre message',
  'confirmation de votre envoi',
  'confirme su mensaje',
  'conferma il tuo messaggio',
  'confirme sua mensagem',
  'bevestig uw bericht',
  'potwierdź swoją wiadomość',
  'подтвердите отправку',
];
const strongIndex = indexPhrases(strong, []);
const aboutMail = [
  'message you sent',
  'mail you sent',
  'email you sent',
  'your message',
  'your mail',
  'your e-mail to',
  'your email to',
  'deliver',
  'approved sender',
  'whitelist',
  'guest list',
  'ihre nachricht',
  'ihre e-mail',
  'votre message',
  'su mensaje',
  'tuo messaggio',
  'sua mensagem',
  'uw bericht',
  'wiadomość',
  'ваше письмо',
];
// Words of every other report.
const common = new Set(
  (
    'this will be been being have that sent with from your please recipient message message, mail email delivery deliver delivered ' +
    'server address account because below filter request allowed complete person spam program list link'
  ).split(' '),
);
const maxText = 8192;
const serviceSender = /no-?reply|support@|challenge@|verify@|confirm(?:ation)?@/iu;

/** The challenge, or null. */
export function readChallenge(message: MimeMessage, envelope: Envelope, notification: Notification): Report | null {
  if (envelope.fromList) return null;
  const sign = findSign(message, envelope, notification);

  if (sign === null) return null;
  const { text } = notification;
  const named = findAddresses(text.slice(0, maxText), 20).filter((one) => !envelope.to.includes(one.toLowerCase()));
  const sender = envelope.bySystem || serviceSender.test(envelope.from) ? null : envelope.fromAddress;
  return claim({
    kind: 'challenge',
    format: 'challenge',
    finalRecipient: sender ?? named[0] ?? null,
    diagnosticCode: diagnostic(text.slice(0, 2000)),
    sign,
  });
}

function findSign(message: MimeMessage, envelope: Envelope, { text, heard }: Notification): Evidence | null {
  const said = heard.challenge < 0 ? undefined : strong[strongIndex.first(joined(text))];
  if (said !== undefined) return signIn('text', text, said);
  const asking = header(message.headers, 'x-askversion');
  if (asking !== null) return signIn('header:x-askversion', cleanText(asking, 200));
  const titled = strongSubjects[envelope.heard.challenge];
  const named = titled ?? subjects[envelope.heard.confirmation];
  if (named === undefined) return null;
  const inText = joined(text);
  const meant = titled !== undefined || aboutMail.some((words) => inText.includes(words));
  return meant ? signIn('header:subject', envelope.subject, named) : null;
}

/** The beginning of a text in one line. Most blanks are single spaces already: only the others are replaced. */
function joined(text: string): string {
  return smallLetters(text.slice(0, maxText)).replaceAll(/[^\S ]\s*|\s{2,}/gu, ' ');
}

/**
 * A word of each sign, for the pass over all words: lines break anywhere in the others. Where none of these stands, no sign does.
 */
export const challengeWords: readonly string[] = [...new Set(strong.map(tellingWord))];

/** The word of a sign that is said least elsewhere, among the longest. */
function tellingWord(sign: string): string {
  const often = (word: string): number =>
    [...strong, ...aboutMail].filter((other) => other.includes(word)).length + (common.has(word) ? 100 : 0);
  const words = sign.split(' ').toSorted((a, b) => b.length - a.length);
  const long = words.filter((word) => word.length >= 4);
  return (long.length > 0 ? long : words).reduce((best, word) => (often(word) < often(best) ? word : best));
}
