import { expect, test } from 'vitest';
import { checkFields, type MessageFields } from '../../../src/core/sending/message-fields.ts';

const content = Buffer.from('x');
const good: MessageFields = {
  from: { name: 'Shop, "the"', address: 'a@shop.test' },
  sender: 'b@shop.test',
  replyTo: ['c@shop.test', { address: 'd@shop.test' }],
  to: 'Ada <ada@example.org>, bob@example.org',
  cc: [],
  subject: 'Grüße\tan alle',
  messageId: '<x@shop.test>',
  inReplyTo: '<y@shop.test>',
  references: ['<y@shop.test>', '<z@shop.test>'],
  headers: { 'List-Unsubscribe': '<https://shop.test/u>', 'X-Any': '' },
  attachments: [
    { content },
    {
      content,
      filename: 'ü.txt',
      contentType: 'text/plain; charset=utf-8',
      cid: 'pic@shop.test',
      contentDisposition: 'inline',
    },
  ],
};
const mail: MessageFields = { from: 'a@shop.test' };

test('fields that make a message are fine', () => {
  expect(checkFields(good)).toBeNull();
  expect(checkFields({ ...mail, references: '<a@b>' })).toBeNull();
});

const breaks = [
  '\r\nBcc: evil@example.org',
  '\nBcc: evil@example.org',
  '\rBcc: x',
  '\0',
  '\x0b',
  '\x0c',
  '\x1b[2J',
  '\x7f',
  '\u0085x',
  '\u2028x',
  '\u2029x',
];

test('nothing that ends a line stands in a field of the header', () => {
  const places: [path: string, fields: (text: string) => Partial<MessageFields>][] = [
    ['/subject', (text) => ({ subject: `x${text}` })],
    ['/messageId', (text) => ({ messageId: `x${text}` })],
    ['/inReplyTo', (text) => ({ inReplyTo: `x${text}` })],
    ['/references', (text) => ({ references: `x${text}` })],
    ['/references', (text) => ({ references: ['<a@b>', `x${text}`] })],
    ['/from', (text) => ({ from: `a@shop.test${text}` })],
    ['/from', (text) => ({ from: { name: `x${text}`, address: 'a@shop.test' } })],
    ['/from', (text) => ({ from: { address: `a@shop.test${text}` } })],
    ['/sender', (text) => ({ sender: `a@shop.test${text}` })],
    ['/replyTo', (text) => ({ replyTo: ['b@shop.test', `a@shop.test${text}`] })],
    ['/to', (text) => ({ to: `a@shop.test${text}` })],
    ['/cc', (text) => ({ cc: [{ name: `x${text}`, address: 'a@shop.test' }] })],
    ['/bcc', (text) => ({ bcc: { address: `a@shop.test${text}` } })],
    ['/headers/x-any', (text) => ({ headers: { 'X-Any': `x${text}` } })],
    ['/headers', (text) => ({ headers: { [`X-Any${text}`]: 'x' } })],
    ['/attachments/0/filename', (text) => ({ attachments: [{ content, filename: `x${text}` }] })],
    ['/attachments/0/contentType', (text) => ({ attachments: [{ content, contentType: `text/plain${text}` }] })],
    [
      '/attachments/1/contentType',
      (text) => ({ attachments: [{ content }, { content, contentType: `text/plain; a=${text}` }] }),
    ],
    ['/attachments/0/cid', (text) => ({ attachments: [{ content, cid: `x${text}` }] })],
  ];
  for (const [path, fields] of places)
    for (const text of breaks)
      expect(checkFields({ ...mail, ...fields(text) })?.path, `${path} ${JSON.stringify(text)}`).toBe(path);
});

test('headers set no field that has a name of its own, is ours, or says how the content is laid out', () => {
  for (const name of [
    ...[
      'Bcc',
      'bCC',
      'To',
      'Cc',
      'From',
      'Sender',
      'Reply-To',
      'Subject',
      'Date',
      'Message-ID',
      'In-Reply-To',
      'References',
    ],
    ...[
      'Received',
      'Return-Path',
      'Bouncemx-Dispatch',
      'MIME-Version',
      'Content-Type',
      'Content-Transfer-Encoding',
      'Content-ID',
    ],
    ...['Resent-Bcc', 'Resent-To', 'resent-from'],
    ...['', 'Bcc ', ' Bcc', 'Bcc:', 'From: ceo@shop.test (', 'X Any', 'Ünder', 'x'.repeat(77)],
  ])
    expect(checkFields({ ...mail, headers: { [name]: 'x' } })?.path, JSON.stringify(name)).toBe('/headers');
});

test('an attachment has a media type that is one, and none that holds others', () => {
  for (const contentType of [
    '',
    'text',
    'text/',
    '/plain',
    'text plain',
    'multipart/mixed; boundary=x',
    'Multipart/related',
    'text/plain;ü',
  ])
    expect(checkFields({ ...mail, attachments: [{ content, contentType }] })?.path, contentType).toBe(
      '/attachments/0/contentType',
    );
  for (const cid of ['', '<x>', 'a b', 'ü'])
    expect(checkFields({ ...mail, attachments: [{ content, cid }] })?.path, cid).toBe('/attachments/0/cid');
});
