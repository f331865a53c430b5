/** The body of `POST /v1/messages`: its schema, and from JSON to the fields of a message. */
import Type from 'typebox';
import type { Attachment, MessageFields } from '../core/sending/message-fields.ts';
import { timeFrom } from './inputs.ts';
import { Problem } from './problem.ts';
import { exactly, text, time, word } from './shapes.ts';

const maxRecipients = 1000;
/** A list of a thousand addresses with names. */
const maxList = 500_000;

const one = Type.Union(
  [
    Type.String({ minLength: 1, maxLength: maxList }),
    exactly({ name: Type.Optional(Type.String({ maxLength: 500 })), address: Type.String({ maxLength: 1000 }) }),
  ],
  { description: '`Ada <ada@example.org>`, or `{name, address}`.' },
);
const several = (description: string) =>
  Type.Optional(Type.Union([one, Type.Array(one, { maxItems: maxRecipients })], { description }));
const line = (description: string, maxLength = 1000) => Type.Optional(Type.String({ maxLength, description }));

const attachment = exactly({
  filename: line('The name that the recipient sees.', 255),
  content: Type.String({ description: 'Base64.' }),
  contentType: line('Default: by the filename.', 255),
  cid: line('Content-ID without brackets: the html shows it as `cid:…`.', 200),
  contentDisposition: Type.Optional(word(['attachment', 'inline'])),
});

/** What is said of a message beside its content. */
export const about = {
  sendingDomain: Type.Optional(text('The domain that the mail is sent for. Default: the domain of From.', 255)),
  campaign: Type.Optional(text('Any word; rates are counted by it.')),
  stream: Type.Optional(text('Any word: what kind of mail it is.', 100)),
};

export const messageBody = exactly({
  raw: Type.Optional(
    Type.String({ minLength: 1, description: 'The whole message, base64; or the fields from `from` on.' }),
  ),
  recipients: Type.Optional(
    Type.Array(Type.String({ maxLength: 1000 }), {
      maxItems: maxRecipients,
      description: 'Who gets it. Default: To, Cc and Bcc.',
    }),
  ),
  from: Type.Optional(one),
  sender: Type.Optional(one),
  replyTo: several('Reply-To.'),
  to: several('To.'),
  cc: several('Cc.'),
  bcc: several('They get it, and nobody sees them.'),
  subject: line('Subject.', 2000),
  messageId: line('Message-ID. Default: a new one.', 900),
  inReplyTo: line('In-Reply-To.'),
  references: Type.Optional(
    Type.Union([Type.String({ maxLength: 10_000 }), Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 100 })]),
  ),
  date: Type.Optional(time('Date. Default: now.')),
  text: Type.Optional(Type.String({ description: 'Plain text.' })),
  html: Type.Optional(Type.String({ description: 'HTML; with `text`, as its alternative.' })),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 10_000 }), {
      maxProperties: 100,
      description: 'Other fields of the header, such as List-Unsubscribe.',
    }),
  ),
  attachments: Type.Optional(Type.Array(attachment, { maxItems: 100 })),
  ...about,
  idempotencyKey: Type.Optional(text('The same as the header Idempotency-Key.', 200)),
});
export type MessageBody = Type.Static<typeof messageBody>;

/** @throws Problem `invalidRequest` */
export function fieldsOf(body: MessageBody): MessageFields {
  const { from, date, attachments, ...rest } = body;
  if (from === undefined) throw invalid('/from', 'is missing, and so is raw');
  const { sender, replyTo, to, cc, bcc, subject, messageId, inReplyTo, references, text: plain, html, headers } = rest;
  return {
    from,
    ...(sender !== undefined && { sender }),
    ...(replyTo !== undefined && { replyTo }),
    ...(to !== undefined && { to }),
    ...(cc !== undefined && { cc }),
    ...(bcc !== undefined && { bcc }),
    ...(subject !== undefined && { subject }),
    ...(messageId !== undefined && { messageId }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(references !== undefined && { references }),
    ...(plain !== undefined && { text: plain }),
    ...(html !== undefined && { html }),
    ...(headers !== undefined && { headers }),
    ...(date !== undefined && { date: timeFrom(date, '/date') }),
    attachments: (attachments ?? []).map(attachmentOf),
  };
}

function attachmentOf(given: NonNullable<MessageBody['attachments']>[number], index: number): Attachment {
  const { content, filename, contentType, cid, contentDisposition } = given;
  return {
    content: octetsOf(content, `/attachments/${index}/content`),
    ...(filename !== undefined && { filename }),
    ...(contentType !== undefined && { contentType }),
    ...(cid !== undefined && { cid }),
    ...(contentDisposition !== undefined && { contentDisposition }),
  };
}

/** @throws Problem `invalidRequest` where the text is no base64 (line ends may stand in it, and `=` be left out). */
export function octetsOf(base64: string, path: string): Buffer {
  const octets = Buffer.from(base64, 'base64');
  let digits = 0;
  for (let at = 0; at < base64.length; at++) {
    const code = base64.charCodeAt(at);
    // Line ends, and the padding at the end.
    if (code !== 0x0a && code !== 0x0d && code !== 0x3d) digits += 1;
  }
  // Node skips what is no base64, and ends at the first `=`.
  if (octets.length !== Math.floor((digits * 3) / 4)) throw invalid(path, 'is no base64');
  return octets;
}

function invalid(path: string, message: string): Problem {
  return new Problem('invalidRequest', `${path} ${message}`, [{ path, message }]);
}
