/** Mail systems whose words are plain enough for the common reader: here only what tells them apart and frames the reason. */
import { findAddresses } from '../claim.ts';
import type { Notification } from '../notification.ts';
import { form, type Finding, type Form } from './form.ts';

export const others: readonly Form[] = [
  form({
    format: 'yahoo',
    signs: ['message from yahoo', 'sorry, we were unable to deliver your message to the following address'],
    weight: 3,
    quotes: ['remote host said:'],
  }),
  form({
    format: 'courier',
    signs: [
      'this is a delivery status notification from',
      'unable to deliver your message to the following recipients',
      'uncollected mail',
      'this delivery status notification',
    ],
    quotes: ['reason:'],
    weight: 2,
  }),
  form({
    format: 'opensmtpd',
    signs: [
      'this is the mailer-daemon, please do not reply to this e-mail',
      'hi!\n\n    this is the mailer-daemon',
      'opensmtpd',
    ],
    weight: 3,
  }),
  form({ format: 'dragonfly', signs: ['this is the dragonfly mail agent'], weight: 3 }),
  form({
    format: 'domino',
    signs: [
      'not listed in domino directory',
      'not listed in public name',
      'was not delivered to:',
      'ibm domino',
      'lotus notes',
    ],
    weight: 2,
    quotes: ['because:'],
  }),
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
    format: 'mdaemon',
    signs: [
      'the following data may contain sections which represent bcc',
      'mdaemon',
      'message delivery status report',
      'session transcript:',
    ],
    weight: 2,
  }),
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
    format: 'ezweb',
    signs: [
      'each of the following recipients was rejected by a remote',
      'the following recipients did not receive this message',
      'the user(s) account is',
      'the following recipients haven',
    ],
    weight: 3,
  }),
  form({ format: 'kddi', signs: ['could not be delivered to: <', 'as their mailbox is full'], weight: 2 }),
  form({
    format: 'novell',
    signs: ['the message that you sent was undeliverable to the following', 'message status - undeliverable'],
    weight: 3,
  }),
  form({ format: 'aol', signs: ['your mail to the following recipients could not be delivered'], weight: 3 }),
  form({ format: 'interscan', signs: ['message from interscan', 'unable to deliver message to'], weight: 2 }),
  form({ format: 'activehunter', signs: ['the following addresses had permanent fatal errors'], weight: 2 }),
  form({
    format: 'mms',
    signs: ['message could not be delivered to mobile', 'no valid recipients for this mm'],
    weight: 3,
  }),
  form({
    format: 'mx6',
    signs: ['we had trouble delivering your message', 'the following recipients returned permanent errors'],
    weight: 3,
    quotes: ['reason:'],
  }),
  form({
    format: 'list',
    signs: [
      'you are not a member of this mailing list',
      'you are not allowed to post to this mailing list',
      'is not allowed to post to this list',
      'posting to this list is restricted',
      'you are not a member of',
    ],
    weight: 3,
    find: findList,
  }),
  form({
    format: 'communigate',
    signs: ['failed to deliver to ', 'message reporting mta', 'message delivery to '],
    weight: 2,
  }),
  form({
    format: 'netease',
    signs: ['抱歉，您的邮件', '您的邮件被退回', '退信', '邮件无法投递', '无法发送到'],
    weight: 2,
  }),
  form({
    format: 'mailru',
    signs: [
      'это письмо создано автоматически',
      'письмо не может быть доставлено',
      'ваше письмо не доставлено',
      'не удалось доставить',
    ],
    weight: 2,
  }),
  form({
    format: 'ionos',
    signs: [
      'a mensagem não pôde ser',
      'ihre nachricht konnte nicht',
      'die folgende adresse',
      'leider konnte ihre',
      'nicht zugestellt werden',
    ],
    weight: 2,
  }),
  form({
    format: 'surfcontrol',
    signs: ['your message could not be sent', 'your message could not be delivered'],
    weight: 2,
    quotes: ['failure reason:', 'the reason was:'],
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
];

/** The list itself is named beside the refusal; the addresses further down are for commands and help. */
function findList({ text }: Notification): readonly Finding[] {
  const head = text.trimStart();
  const first = head.slice(0, `${head}\n`.indexOf('\n'));
  return findAddresses(first, 2).map((address) => ({ address, text }));
}
