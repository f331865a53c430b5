/** `GET /v1/queue`: how sending stands as a whole. */
import Type from 'typebox';
import { dispatchFacts } from '../../store/dispatch-facts.ts';
import type { Api, HttpParts } from '../parts.ts';
import { category } from '../rows.ts';
import { nullable, refusals, time, word } from '../shapes.ts';

const count = Type.Integer({ minimum: 0 });
const queue = Type.Object({
  states: Type.Object(
    { queued: count, waiting: count, claimed: count, sending: count, sent: count, indeterminate: count },
    { description: 'Dispatches that are not final.' },
  ),
  oldestDueAt: nullable(time(), 'When the oldest that may go now was due, those of resting providers apart.'),
  oldestDueSeconds: Type.Number(),
  resting: Type.Array(
    Type.Object({
      provider: Type.String(),
      state: word(['open', 'probing']),
      since: time(),
      probeAt: nullable(time(), 'When one mail tries; null while it does.'),
      lastCategory: category,
    }),
    { description: 'Providers that turned so much away that nothing goes to them for a while.' },
  ),
});

export function queueRoutes(api: Api, { db }: HttpParts): void {
  api.get(
    '/v1/queue',
    {
      schema: {
        operationId: 'readQueue',
        tags: ['sending'],
        summary: 'Dispatches by state, the oldest that is due, providers that rest',
        response: { 200: queue, ...refusals },
      },
    },
    () => dispatchFacts(db),
  );
}
