/**
 * A message as fields, by the names that nodemailer made known, and what may stand in them. A field that becomes a line of
 * the header holds nothing that ends a line: it is refused here, before anything encodes it.
 */

export type GivenAddress = string | { readonly name?: string; readonly address: string };
export type GivenAddresses = GivenAddress | readonly GivenAddress[];

export interface MessageFields {
  readonly from: GivenAddress;
  readonly sender?: GivenAddress;
  readonly replyTo?: GivenAddresses;
  readonly to?: GivenAddresses;
  readonly cc?: GivenAddresses;
  readonly bcc?: GivenAddresses;
  readonly subject?: string;
  /** With or without brackets. */
  readonly messageId?: string;
  readonly inReplyTo?: string;
  readonly references?: string | readonly string[];
  readonly date?: Date;
  readonly text?: string;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly attachments?: readonly Attachment[];
}

export interface Attachment {
  readonly filename?: string;
  readonly content: Buffer;
  readonly contentType?: string;
  /** Content-ID without brackets: the html shows it in place. */
  readonly cid?: string;
  readonly contentDisposition?: 'attachment' | 'inline';
}

export type Composed =
  | {
      readonly ok: true;
      readonly raw: Buffer;
      /** To, Cc and Bcc: addresses as given, some may be none. */
      readonly recipients: readonly string[];
    }
  | { readonly ok: false; readonly problem: FieldProblem };

export interface FieldProblem {
  /** JSON pointer into the fields. */
  readonly path: string;
  readonly message: string;
}

/** They have a name of their own in the request, are ours to write, or say how the content is laid out. */
const reserved: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'received',
  'return-path',
  'bouncemx-dispatch',
  'mime-version',
]);
const endsLine = /[\0-\x08\x0a-\x1f\x7f\u0085\u2028\u2029]/;
/** RFC 5322 §3.6.8, of a length that leaves room for a value. */
const fieldName = /^[\x21-\x39\x3b-\x7e]{1,76}$/;
const mediaType = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:;[\t\x20-\x7e]*)?$/;
const cid = /^[\x21-\x3b=\x3f-\x7e]{1,200}$/;

/** The first thing that is wrong with the fields, or null. */
export function checkFields(fields: MessageFields): FieldProblem | null {
  const lines = (['subject', 'messageId', 'inReplyTo'] as const).map((name) => lineProblem(`/${name}`, fields[name]));
  const addresses = (['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const).map((name) =>
    addressProblem(`/${name}`, fields[name]),
  );
  const all = [...lines, ...addresses, referencesProblem(fields), headersProblem(fields), attachmentsProblem(fields)];
  return all.find((problem) => problem !== null) ?? null;
}

function lineProblem(path: string, text: string | undefined): FieldProblem | null {
  return text !== undefined && endsLine.test(text) ? { path, message: 'must not hold line ends or controls' } : null;
}

function addressProblem(path: string, given: GivenAddresses | undefined): FieldProblem | null {
  const list: readonly GivenAddress[] = given === undefined ? [] : isOne(given) ? [given] : given;
  for (const one of list) {
    const texts = typeof one === 'string' ? [one] : [one.name, one.address];
    for (const text of texts) {
      const problem = lineProblem(path, text);
      if (problem !== null) return problem;
    }
  }
  return null;
}

/** One address, or a text that may list several. */
export function isOne(given: GivenAddresses): given is GivenAddress {
  return !Array.isArray(given);
}

function referencesProblem({ references = [] }: MessageFields): FieldProblem | null {
  const list = typeof references === 'string' ? [references] : references;
  return list.map((text) => lineProblem('/references', text)).find((problem) => problem !== null) ?? null;
}

function headersProblem({ headers = {} }: MessageFields): FieldProblem | null {
  for (const [name, value] of Object.entries(headers)) {
    const path = '/headers';
    const lower = name.toLowerCase();
    if (!fieldName.test(name)) return { path, message: 'has a name that is none of a header field' };
    if (reserved.has(lower) || lower.startsWith('content-') || lower.startsWith('resent-'))
      return { path, message: `cannot set ${lower}: it has a field of its own, or is ours` };
    if (endsLine.test(value)) return { path: `${path}/${lower}`, message: 'must not hold line ends or controls' };
  }
  return null;
}

function attachmentsProblem({ attachments = [] }: MessageFields): FieldProblem | null {
  for (const [index, { filename, contentType, cid: id }] of attachments.entries()) {
    const path = `/attachments/${index}`;
    const problem = lineProblem(`${path}/filename`, filename);
    if (problem !== null) return problem;
    if (contentType !== undefined && (!mediaType.test(contentType) || /^multipart\//i.test(contentType)))
      return { path: `${path}/contentType`, message: 'is no media type of an attachment' };
    if (id !== undefined && !cid.test(id)) return { path: `${path}/cid`, message: 'is no Content-ID' };
  }
  return null;
}
