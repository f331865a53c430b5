/** `/v1/stuck` and `/v1/requeue`: arrivals that were set aside after too many attempts, and their second chance. */
import Type from 'typebox';
import { listStuck, requeue } from '../../store/queue.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { exactly, nullable, nullableText, page, paging, refusals, time, usualPage, uuid } from '../shapes.ts';

const stuck = Type.Object({
  arrivalId: uuid(),
  receivedAt: time(),
  attempts: Type.Integer(),
  lastError: nullableText(),
  forwardPath: nullableText(),
  reversePath: nullableText(),
  size: nullable(Type.Integer(), 'Octets of the whole message.'),
});

const maxIds = 1000;

export function stuckRoutes(api: Api, { db, log, wake }: HttpParts): void {
  api.get(
    '/v1/stuck',
    {
      schema: {
        operationId: 'listStuck',
        tags: ['operation'],
        summary: 'Stuck arrivals, oldest first',
        description: 'One page, which shrinks as they are requeued: `next` is always null.',
        querystring: exactly({ limit: paging.limit }),
        response: { 200: page(stuck), ...refusals },
      },
    },
    async ({ query: { limit } }) => ({ items: await listStuck(db, limit ?? usualPage), next: null }),
  );

  api.post(
    '/v1/requeue',
    {
      schema: {
        operationId: 'requeue',
        tags: ['operation'],
        summary: 'Try stuck arrivals again, with all attempts before them',
        description: 'Either `ids` or `"all": true`. Ids that are not stuck are ignored.',
        body: exactly({
          ids: Type.Optional(Type.Array(uuid(), { minItems: 1, maxItems: maxIds })),
          all: Type.Optional(Type.Literal(true)),
        }),
        response: { 200: Type.Object({ requeued: Type.Integer() }), ...refusals },
      },
    },
    async ({ body: { ids, all } }) => {
      if ((ids === undefined) === (all === undefined))
        throw new Problem('invalidRequest', 'the body needs either `ids` or `all`');
      const requeued = await requeue(db, ids ?? 'all');
      if (requeued > 0) {
        log.requeued(requeued);
        wake();
      }
      return { requeued };
    },
  );
}
