/** Schemas of the rows that several routes show. The types of src/store say the same; a test sends answers through both. */
import Type from 'typebox';
import { actions, categoryNames, types } from '../core/classify/categories.ts';
import { dispatchStates } from '../core/sending/dispatch.ts';
import { humanActions } from '../store/decisions.ts';
import { nullable, nullableText, time, uuid, word } from './shapes.ts';

export const levels = [
  'none',
  'temporarily_suppressed',
  'soft_suppressed',
  'reputation_suppressed',
  'hard_suppressed',
] as const;

export const category = nullable(word(categoryNames));

export const evidence = nullable(
  Type.Object({
    field: Type.String({
      description:
        '`diagnosticCode` nearly always; else another field of the report (`status`, `replyCode`, `phase`, `remoteMta`, `reportAction`, `feedbackType`, `finalRecipient`), a header of the mail (`header:subject`), or `text`, its words for people.',
    }),
    text: Type.String(),
    start: Type.Integer({ description: 'Offset in the value of the field, in UTF-16 units.' }),
    end: Type.Integer(),
  }),
  'What decided, and where it stands.',
);

export const event = Type.Object({
  id: uuid(),
  receivedAt: time('When the report was stored.'),
  recordedAt: time('When it was worked on.'),
  arrivalId: uuid(),
  proof: Type.String({ description: 'Why the recipient may be believed: verp, esp, own, unsigned, message, none.' }),
  acts: Type.Boolean({ description: 'Whether the event could change anything.' }),
  recipient: nullableText('The proved recipient.'),
  messageId: nullableText(),
  campaign: nullableText(),
  sendingDomain: nullableText(),
  provider: nullableText('Organisational domain of the recipient.'),
  source: Type.String(),
  reversePath: Type.String({ description: 'Empty for the null reverse-path.' }),
  type: word(types),
  category,
  permanence: Type.String(),
  rule: Type.String({ description: 'The rule that decided.' }),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  evidence,
  reportAction: nullableText('RFC 3464 §2.3.3'),
  status: nullableText('RFC 3463, such as 5.1.1'),
  replyCode: nullable(Type.Integer()),
  diagnosticCode: nullableText('The receiver’s words.'),
  finalRecipient: nullableText('A claim of the report; never acted on.'),
  originalRecipient: nullableText('A claim of the report; never acted on.'),
  reportingMta: nullableText(),
  remoteMta: nullableText(),
  redirected: Type.Boolean({ description: 'The report names another address: an alias or list with a dead member.' }),
  flags: Type.Array(Type.String()),
  dispatchId: nullable(uuid(), 'The dispatch that it speaks of, where the mail was handed over here.'),
});

const prior = Type.Union(
  [
    Type.Object({ level: Type.String(), expiresAt: nullableText('ISO 8601') }),
    Type.Object({ state: word(dispatchStates) }),
    Type.Null(),
  ],
  { description: 'The level of the recipient before, or the state of the dispatch.' },
);

export const decision = Type.Object({
  id: uuid(),
  decidedAt: time(),
  eventId: nullable(uuid()),
  arrivalId: nullable(uuid()),
  recipient: nullableText(),
  action: word([...actions, ...humanActions]),
  actor: Type.String({ description: '`policy`, or who it was: `api:<key name>`, `cli:<key name>`.' }),
  reason: Type.String(),
  rule: nullableText(),
  rulesVersion: nullableText(),
  inputs: Type.Record(Type.String(), Type.Unknown()),
  evidence,
  prior,
  result: nullable(Type.Record(Type.String(), Type.Unknown()), 'The level or state after, and what else followed.'),
});

export const suppression = Type.Object({
  address: Type.String({ description: 'Identity form: lower case, domain as A-label.' }),
  suppressed: Type.Boolean({ description: 'True for every level but none: send no new mail.' }),
  level: word(levels),
  since: nullable(time()),
  expiresAt: nullable(time(), 'Null: never, or not suppressed.'),
  type: nullable(word(types)),
  category,
  rule: nullableText(),
  eventIds: Type.Array(uuid()),
});

export const retry = Type.Object({
  messageId: nullableText(),
  category: word(categoryNames),
  attempt: Type.Integer(),
  dueAt: time(),
  state: word(['waiting', 'cancelled', 'taken', 'done']),
  eventId: uuid(),
});

export const dispatch = Type.Object({
  id: uuid(),
  message: uuid('`GET /v1/messages/{id}`'),
  recipient: Type.String({ description: 'Identity form.' }),
  recipientOriginal: Type.String({ description: 'What the relay is given.' }),
  provider: nullableText('Organisational domain of the recipient.'),
  sendingDomain: Type.String(),
  campaign: nullableText(),
  messageId: Type.String({ description: 'RFC 5322, without brackets.' }),
  state: word(dispatchStates, 'docs/sending.md has what each means.'),
  attempt: Type.Integer({ description: 'Attempts begun.' }),
  dueAt: nullable(time(), 'When it may go, where it is queued or waiting.'),
  createdAt: time('When it was handed over.'),
  stateAt: time('Since when it is in this state.'),
  sentAt: nullable(time(), 'When the relay took the newest attempt.'),
  expiresAt: time('How long it is tried.'),
  eventId: nullable(uuid(), 'The event with the last word about it.'),
  category,
  rule: nullableText(),
  status: nullableText('RFC 3463'),
  replyCode: nullable(Type.Integer()),
  diagnostic: nullableText('The relay’s reply, a report’s diagnostic, or why it did not go.'),
});
