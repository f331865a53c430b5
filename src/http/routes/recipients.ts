/** `/v1/recipients/{address}`: all that is known of one address. `/v1/retries`: what should be sent again, and when. */
import Type from 'typebox';
import { types } from '../../core/classify/categories.ts';
import { findRecipient } from '../../store/recipients.ts';
import { listRetries, retryStates } from '../../store/retries.ts';
import { pageWanted, sentPage } from '../cursor.ts';
import { addressFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { category, decision, retry, suppression } from '../rows.ts';
import { exactly, nullable, nullableText, page, paging, refusals, text, time, uuid, word } from '../shapes.ts';

const counted = Type.Object({
  messageKey: Type.String({ description: 'What makes one message of it.' }),
  type: word(types),
  category,
  rule: Type.String(),
  redirected: Type.Boolean(),
  conclusive: Type.Boolean({ description: 'A hard bounce that may remove at once.' }),
  at: time('The first report at this weight.'),
  lastAt: time('The newest one.'),
  sentAt: nullable(time()),
  eventId: uuid(),
  reports: Type.Integer({ description: 'Reports on the token within its current 24 hours.' }),
  windowAt: time(),
});

const recipient = Type.Object({
  address: Type.String(),
  original: Type.String({ description: 'As the sender spelt it.' }),
  provider: nullableText(),
  firstAt: time(),
  lastAt: time(),
  events: Type.Integer(),
  liftedAt: nullable(time(), 'When a person last lifted a suppression.'),
  reputation: Type.Number({ minimum: 0, maximum: 100 }),
  consecutiveHard: Type.Integer(),
  suppression,
  counts: Type.Array(Type.Object({ type: word(types), category, count: Type.Integer() })),
  history: Type.Array(counted, { description: 'One entry a message, newest first, at most 100.' }),
  retries: Type.Array(retry),
  decisions: Type.Array(decision, { description: 'Newest first, at most 50.' }),
});

export function recipientRoutes(api: Api, { db, options, now }: HttpParts): void {
  api.get(
    '/v1/recipients/:address',
    {
      schema: {
        operationId: 'readRecipient',
        tags: ['recipients'],
        summary: 'History, counts, reputation, level and decisions of an address',
        description: '404 where no event ever proved the address.',
        params: exactly({ address: Type.String() }),
        response: { 200: recipient, ...refusals },
      },
    },
    async ({ params: { address } }) => {
      const found = await findRecipient(db, addressFrom(address), options.policy, now());
      if (found === null) throw new Problem('notFound', 'no event ever proved this address');
      return found;
    },
  );

  api.get(
    '/v1/retries',
    {
      schema: {
        operationId: 'listRetries',
        tags: ['recipients'],
        summary: 'Retries that are wanted, newest first',
        querystring: exactly({
          recipient: Type.Optional(text('One address.', 400)),
          state: Type.Optional(word(retryStates)),
          ...paging,
        }),
        response: {
          200: page(Type.Object({ recipient: Type.String(), ...retry.properties, createdAt: time() })),
          ...refusals,
        },
      },
    },
    async ({ query: { limit, cursor, recipient: address, state } }) =>
      sentPage(
        await listRetries(
          db,
          { recipient: address === undefined ? undefined : addressFrom(address), state },
          pageWanted(limit, cursor),
        ),
      ),
  );
}
