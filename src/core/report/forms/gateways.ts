/** Filters and gateways in front of mailboxes, and relays for senders: their reports quote another server's reply. */
import type { Notification } from '../letter.ts';
import { form, type Finding, type Form } from './form.ts';

export const gateways: readonly Form[] = [
  form({
    format: 'mailfoundry',
    signs: ['delivery failed for the following reason:'],
    quotes: ['delivery failed for the following reason:'],
    weight: 3,
  }),
  form({
    format: 'mailmarshal',
    signs: ['could not be delivered because of', 'the following recipients were affected'],
    weight: 3,
    trailers: ['additional information'],
  }),
  form({
    format: 'mfilter',
    signs: ['m-filter', '-------server message'],
    weight: 3,
    quotes: ['-------server message'],
    trailers: ['-------smtp command'],
  }),
  form({
    format: 'cisco',
    signs: ['the reason for the problem:'],
    weight: 3,
    quotes: ['the reason for the problem:'],
  }),
  // Scanners that tell the sender of what they kept back.
  form({
    format: 'scanner',
    signs: [
      'has stopped the following e',
      'has stopped the following message',
      'presumably from you',
      'virus in an attachment you',
      'found a virus in an attachment',
      'virus in a message you',
      'virus in the message you',
      'virus in an e-mail you',
      'virus in an email you',
      'triggered by a message you sent',
      'message you sent was infected',
      'message you sent contained',
      'message you sent contains',
      'email you sent contained',
      'e-mail you sent contained',
      'the mail you sent to',
      'virus in ihrer',
      'virus in einer von ihnen',
      'den virus',
      'un virus dans votre',
      'un virus en su',
      'un virus nel',
      'um vírus na',
    ],
    weight: 3,
  }),
  form({
    format: 'mimecast',
    signs: ['an email you addressed to email address'],
    weight: 3,
    quotes: ['the problem appears to be :'],
    trailers: ['this condition occurred after', 'if you sent the email to multiple'],
  }),
  form({
    format: 'barracuda',
    signs: ['was blocked by our spam firewall', 'has not been delivered:\n\nsubject:'],
    weight: 3,
  }),
  form({
    format: 'messagelabs',
    signs: ['this is the mail delivery agent at'],
    weight: 3,
    quotes: ['reason:'],
    trailers: ['the message subject was', 'the message date was', 'please do not reply'],
  }),
  form({
    format: 'sendgrid',
    signs: ['this is an automatically generated message from sendgrid'],
    weight: 3,
    find: findBehindDomain,
  }),
  form({
    format: 'ecelerity',
    signs: ['created automatically by the mail system'],
    weight: 3,
    trailers: ['no action is required'],
  }),
  form({
    format: 'powermta',
    signs: ['i am sending you this message to inform you on the delivery status'],
    weight: 3,
  }),
  form({
    format: 'interscan',
    signs: ['message from interscan', 'unable to deliver message to'],
    weight: 2,
    quotes: ['<<< ', 'received >>>'],
  }),
  form({
    format: 'surfcontrol',
    signs: ['your message could not be sent', 'your message could not be delivered'],
    weight: 2,
    quotes: ['failure reason:', 'the reason was:'],
  }),
  form({
    format: 'mx6',
    signs: ['we had trouble delivering your message', 'the following recipients returned permanent errors'],
    weight: 3,
    quotes: ['reason:'],
  }),
  form({
    format: 'x3',
    signs: [
      'this is an automatically generated delivery status notification',
      'to the following recipients was aborted',
      'unable to deliver message to the following',
    ],
    weight: 3,
  }),
  form({ format: 'activehunter', signs: ['the following addresses had permanent fatal errors'], weight: 2 }),
];

const behindDomain = /^[\w.-]{1,253}:<([^<>\s]{3,320})>:/u;

/** `shop.example.org:<user@example.com>: 550 …`: the domain of the sender before the recipient. */
function findBehindDomain({ lines }: Notification): readonly Finding[] {
  return lines.flatMap((line) => {
    const match = behindDomain.exec(line);
    return match?.[1] === undefined ? [] : [{ address: match[1], text: line.slice(match[0].length) }];
  });
}
