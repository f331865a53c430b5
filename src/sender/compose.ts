/**
 * A message from the fields that applications know from nodemailer, by nodemailer. Content comes with the request and from
 * nowhere else: no paths, no URLs. Addresses are taken apart once, here: header and envelope come from the same list.
 */
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseMailbox } from '../core/address.ts';
import { headers, readHeaders } from '../core/mime-headers.ts';
import {
  checkFields,
  isOne,
  type Composed,
  type FieldProblem,
  type GivenAddress,
  type GivenAddresses,
  type MessageFields,
} from '../core/sending/message-fields.ts';

const longestHeader = 256 * 1024;

interface Listed {
  readonly name: string;
  readonly address: string;
}

/** Makes the message; Bcc is in the recipients alone. Never rejects for what a request can hold. */
export async function composeMessage(fields: MessageFields): Promise<Composed> {
  const problem = checkFields(fields);
  if (problem !== null) return { ok: false, problem };
  const [from, ...more] = listed(fields.from);
  if (from === undefined || more.length > 0 || !isMailbox(from)) return refuse('/from', 'must be one mail address');
  const sender = fields.sender === undefined ? [] : listed(fields.sender);
  if (sender.length > 1 || !sender.every(isMailbox)) return refuse('/sender', 'must be one mail address');

  const [to, cc, bcc, replyTo] = [fields.to, fields.cc, fields.bcc, fields.replyTo].map(listed);
  const node = new MailComposer({
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
    from,
    sender: sender[0],
    // What is no address stays out of the header, too; the answer names it.
    to: to?.filter(isMailbox),
    cc: cc?.filter(isMailbox),
    replyTo: replyTo?.filter(isMailbox),
    subject: fields.subject,
    messageId: fields.messageId,
    inReplyTo: fields.inReplyTo,
    references: fields.references === undefined ? undefined : [fields.references].flat(),
    date: fields.date,
    text: fields.text,
    html: fields.html,
    headers: Object.entries(fields.headers ?? {}).map(([key, value]) => ({ key, value })),
    attachments: (fields.attachments ?? []).map((attachment) => ({ ...attachment })),
  }).compile();
  const recipients = [to, cc, bcc].flatMap((list) => (list ?? []).map(({ name, address }) => address || name));
  return { ok: true, raw: await node.build(), recipients };
}

/** Whom a raw message names in To, Cc and Bcc, as given; null where its header is too long to be read whole. */
export function recipientsIn(raw: Buffer): string[] | null {
  const block = readHeaders(raw.toString('latin1', 0, longestHeader), 0);
  if (block.limit) return null;
  return ['to', 'cc', 'bcc']
    .flatMap((name) => headers(block, name))
    .flatMap((value) => listed(Buffer.from(value, 'latin1').toString()))
    .map(({ name, address }) => address || name);
}

/** Groups are taken apart: their members are mailed like all others. */
function listed(given: GivenAddresses | undefined): Listed[] {
  const list: readonly GivenAddress[] = given === undefined ? [] : isOne(given) ? [given] : given;
  return list.flatMap((one): Listed[] =>
    typeof one === 'string'
      ? addressparser(one, { flatten: true }).map(({ name, address }) => ({ name, address }))
      : [{ name: one.name ?? '', address: one.address }],
  );
}

function isMailbox({ address }: Listed): boolean {
  return parseMailbox(address).ok;
}

function refuse(path: FieldProblem['path'], message: string): Composed {
  return { ok: false, problem: { path, message } };
}
