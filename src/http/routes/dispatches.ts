/** `/v1/messages/{id}` and `/v1/dispatches`: what was handed over, where it stands, and what a person wants of it. */
import Type from 'typebox';
import { dispatchStates, type Steering } from '../../core/sending/dispatch.ts';
import { findDispatch, findMessage, listDispatches } from '../../store/dispatches.ts';
import { steerDispatch } from '../../store/steer-dispatch.ts';
import { actorOf } from '../actor.ts';
import { pageWanted, sentPage } from '../cursor.ts';
import { addressFrom, domainFrom, timeFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { decision, dispatch, event } from '../rows.ts';
import { exactly, nullableText, page, paging, refusals, text, time, uuid, word } from '../shapes.ts';

const filter = exactly({
  state: Type.Optional(word(dispatchStates)),
  recipient: Type.Optional(text('The recipient.', 400)),
  provider: Type.Optional(text('Organisational domain of the recipient.', 255)),
  sendingDomain: Type.Optional(text('The domain that sends.', 255)),
  campaign: Type.Optional(text('As it was handed over.')),
  message: Type.Optional(uuid('Id of the message.')),
  messageId: Type.Optional(text('Message-ID without brackets.', 1000)),
  since: Type.Optional(time('Handed over at or after.')),
  until: Type.Optional(time('Handed over before.')),
  ...paging,
});

const detail = Type.Object({
  ...dispatch.properties,
  attempts: Type.Array(Type.Object({ attempt: Type.Integer(), startedAt: time() }), {
    description: 'Oldest first; those whose return-path is still kept.',
  }),
  events: Type.Array(event, { description: 'What was heard of it, oldest first, at most 100.' }),
  decisions: Type.Array(decision, { description: 'What people asked for, oldest first.' }),
});

const message = Type.Object({
  id: uuid(),
  createdAt: time(),
  messageId: Type.String(),
  sendingDomain: Type.String(),
  stream: nullableText(),
  campaign: nullableText(),
  origin: word(['submission', 'api', 'elsewhere'], 'How it was handed over; `elsewhere`: somebody else sends it.'),
  submitter: Type.String({ description: '`user:<name>`, `network:<address>`, `api:<key>`' }),
  envelopeSender: Type.String({ description: 'The submitter’s own; nothing is sent to it.' }),
  size: Type.Integer({ description: 'Octets.' }),
  stored: Type.Boolean({ description: 'Its octets are kept, so that it can be sent (again) from here.' }),
  dispatches: Type.Array(dispatch),
});

const steered = Type.Object({
  id: uuid(),
  prior: word(dispatchStates),
  state: word(dispatchStates),
  decisionId: uuid(),
});

const byId = exactly({ id: uuid() });
const reason = Type.Optional(text('Why; kept for ever with the decision.'));
/** What the decision says where nobody gave a reason. */
const noReason = 'asked for';

export function dispatchRoutes(api: Api, { db, options, metrics, log, wakeSender }: HttpParts): void {
  api.get(
    '/v1/messages/:id',
    {
      schema: {
        operationId: 'readMessage',
        tags: ['sending'],
        summary: 'One message that was handed over, with its dispatches',
        params: byId,
        response: { 200: message, ...refusals },
      },
    },
    async ({ params: { id } }) => {
      const found = await findMessage(db, id);
      if (found === null) throw new Problem('notFound', 'no message has this id');
      return found;
    },
  );

  api.get(
    '/v1/dispatches',
    {
      schema: {
        operationId: 'listDispatches',
        tags: ['sending'],
        summary: 'Dispatches (one message to one recipient), those handed over last first',
        querystring: filter,
        response: { 200: page(dispatch), ...refusals },
      },
    },
    async ({ query: { limit, cursor, recipient, provider, sendingDomain, since, until, ...words } }) => {
      const found = await listDispatches(
        db,
        {
          ...words,
          recipient: recipient === undefined ? undefined : addressFrom(recipient),
          provider: provider === undefined ? undefined : domainFrom(provider, '/provider'),
          sendingDomain: sendingDomain === undefined ? undefined : domainFrom(sendingDomain, '/sendingDomain'),
          since: since === undefined ? undefined : timeFrom(since, '/since'),
          until: until === undefined ? undefined : timeFrom(until, '/until'),
        },
        pageWanted(limit, cursor),
      );
      return sentPage(found);
    },
  );

  api.get(
    '/v1/dispatches/:id',
    {
      schema: {
        operationId: 'readDispatch',
        tags: ['sending'],
        summary: 'One dispatch: attempts, what was heard of it, what people decided',
        params: byId,
        response: { 200: detail, ...refusals },
      },
    },
    async ({ params: { id } }) => {
      const found = await findDispatch(db, id);
      if (found === null) throw new Problem('notFound', 'no dispatch has this id');
      return found;
    },
  );

  async function steer(id: string, wish: Steering, why: string | undefined, actor: string) {
    const terms = { wish, reason: why ?? noReason, actor, expiry: options.sender.expiry };
    const done = await steerDispatch(db, id, terms);
    if (!done.ok) {
      if (done.why === 'notFound') throw new Problem('notFound', 'no dispatch has this id');
      if (done.why === 'notKept') throw new Problem('notKept');
      throw new Problem('notPossible', `the dispatch is ${done.state}`);
    }
    const { decisionId, prior, state } = done;
    log.steered({ dispatchId: id, wish, actor, prior, state, decisionId });
    if (state === 'queued') wakeSender();
    if (state === 'cancelled') metrics.dispatchFinalSeconds.observe({ state }, done.seconds);
    return { id, prior, state, decisionId };
  }

  for (const [wish, summary, description] of [
    [
      'retry',
      'Send a dispatch now, or again',
      'From `waiting` and `queued` now; from `indeterminate`, `bounced`, `expired`, `suppressed` and `cancelled` again, while the message is stored. Who is suppressed still gets nothing.',
    ],
    [
      'cancel',
      'Send no more of a dispatch',
      'From `queued`, `waiting`, `claimed` and `indeterminate`. What is on the wire can’t be called back.',
    ],
  ] as const)
    api.post(
      `/v1/dispatches/:id/${wish}`,
      {
        schema: {
          operationId: `${wish}Dispatch`,
          tags: ['sending'],
          summary,
          description,
          params: byId,
          body: exactly({ reason }),
          response: { 200: steered, ...refusals },
        },
      },
      async ({ params: { id }, body, headers }) => steer(id, wish, body.reason, actorOf(headers)),
    );

  api.post(
    '/v1/dispatches/:id/resolve',
    {
      schema: {
        operationId: 'resolveDispatch',
        tags: ['sending'],
        summary: 'Say what became of an indeterminate dispatch',
        description:
          '`sent`: the relay has it, wait for what is heard of it. `resend`: it has not, send it again with the same Message-ID.',
        params: byId,
        body: exactly({ as: word(['sent', 'resend']), reason }),
        response: { 200: steered, ...refusals },
      },
    },
    async ({ params: { id }, body, headers }) =>
      steer(id, body.as === 'sent' ? 'resolveSent' : 'resolveResend', body.reason, actorOf(headers)),
  );
}
