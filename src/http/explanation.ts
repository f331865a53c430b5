/** The schema of an explanation (core/explain/explain.ts), which `inspect --json` prints too. */
import Type from 'typebox';
import { actions, categoryNames, types } from '../core/classify/categories.ts';
import { category, evidence, levels } from './rows.ts';
import { nullable, nullableText, time, word } from './shapes.ts';

const nullableTime = (description?: string) => nullable(time(), description);
const nullableNumber = (description?: string) => nullable(Type.Integer(), description);

const hop = Type.Object({
  from: nullableText(),
  by: nullableText(),
  with: nullableText('The protocol.'),
  for: nullableText(),
  at: nullableTime(),
  seconds: nullable(Type.Number(), 'Since the hop before; below 0 where clocks differ.'),
});

const part = Type.Object({
  number: Type.String({ description: 'As IMAP numbers them; `0` for a multipart that is the whole mail.' }),
  depth: Type.Integer(),
  type: Type.String(),
  charset: nullableText(),
  encoding: nullableText(),
  octets: nullableNumber('Of the content as sent; null for multiparts.'),
  role: word(
    ['multipart', 'notification', 'statusFields', 'feedbackFields', 'returnedMail', 'none'],
    'What it was read for.',
  ),
});

const place = Type.Object({
  field: Type.String({ description: 'A field of the report, or `evidence`.' }),
  name: nullableText('Its name in the mail; null where the value stands in words.'),
  part: Type.String({ description: 'Number of the part, or `header`.' }),
  line: Type.Integer({ description: 'In the part as decoded, from 1.' }),
  mailLine: nullableNumber('In the mail, from 1; null where the part is encoded.'),
  offset: nullableNumber('Octets of the mail before that line; null where the part is encoded.'),
});

const candidate = Type.Object({
  rule: Type.String(),
  file: Type.String(),
  line: nullableNumber(),
  docs: nullableText('Where the receiver documents its words.'),
  category: word(categoryNames),
  confidence: Type.Number(),
  words: nullableText('The words in the diagnostic.'),
  result: word(
    ['first', 'later', 'tooEarly', 'status', 'reply', 'phase', 'remoteMta'],
    '`first` decides; `later` holds too; else the condition that is not met.',
  ),
});

const claims = Type.Object({
  kind: Type.String(),
  format: Type.String({ description: 'The reader that found it.' }),
  reportAction: nullableText(),
  status: nullableText(),
  replyCode: nullableNumber(),
  diagnosticCode: nullableText(),
  finalRecipient: nullableText(),
  originalRecipient: nullableText(),
  reportingMta: nullableText(),
  remoteMta: nullableText(),
  arrivalDate: nullableTime(),
  lastAttemptDate: nullableTime(),
  willRetryUntil: nullableTime(),
  feedbackType: nullableText(),
  phase: nullableText(),
  machineReadable: Type.Boolean(),
  sign: Type.Union([evidence], { description: 'By which header or words the kind was known, where no field says it.' }),
});

const codes = Type.Object({
  statuses: Type.Array(Type.Object({ code: Type.String(), category })),
  replies: Type.Array(Type.Object({ code: Type.Integer(), category })),
  phase: nullableText(),
});

const verdict = Type.Object({
  type: word(types),
  category,
  permanence: Type.String(),
  rule: Type.String(),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  evidence,
});

const wouldFollow = Type.Object({
  recipient: nullableText(),
  action: word(actions),
  reason: Type.String(),
  suppressionLevel: word(levels),
  suppressedSeconds: nullableNumber('Null: for ever, or not at all.'),
  retrySeconds: nullableNumber('Until the first retry, before it is spread by a fifth.'),
  reviewPriority: nullableNumber('Null where no person is asked.'),
  senderFault: nullableText('How much it weighs on the sending domain: critical, high, medium, low.'),
  actsForAnySender: Type.Boolean({ description: 'False: only if the mail came from the null reverse-path.' }),
});

export const explanation = Type.Object({
  message: Type.Object({
    recipientCount: Type.Integer(),
    originalHeaders: nullable(Type.Record(Type.String(), Type.String()), 'Headers of the returned mail.'),
    originalMessageId: nullableText(),
    subject: nullableText(),
    from: nullableText(),
    flags: Type.Array(Type.String()),
    octets: Type.Integer(),
  }),
  route: Type.Array(hop, { description: 'From the first host to the last.' }),
  returnedRoute: Type.Array(hop, { description: 'Likewise of the returned mail.' }),
  parts: Type.Array(part),
  reports: Type.Array(
    Type.Object({
      report: claims,
      recipient: nullableText('Identity form.'),
      places: Type.Array(place, { description: 'Where the values stand in the mail.' }),
      candidates: Type.Array(candidate, { description: 'In the order in which rules are asked; at most 100.' }),
      codes,
      verdict,
      wouldFollow,
    }),
  ),
  rulesVersion: Type.String(),
});
