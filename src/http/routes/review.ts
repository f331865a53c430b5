/** `GET /v1/review`: what waits for a person to read it. */
import Type from 'typebox';
import { listReviews } from '../../store/reviews.ts';
import { pageWanted, sentPage } from '../cursor.ts';
import type { Api, HttpParts } from '../parts.ts';
import { category } from '../rows.ts';
import { exactly, nullable, nullableText, page, paging, refusals, time, uuid } from '../shapes.ts';

const item = Type.Object({
  id: uuid(),
  createdAt: time(),
  eventId: nullable(uuid()),
  arrivalId: uuid(),
  recipient: nullableText(),
  priority: Type.Integer({ minimum: 0, maximum: 100 }),
  why: Type.String(),
  category,
  resolvedAt: nullable(time()),
  resolution: nullableText(),
});

export function reviewRoutes(api: Api, { db }: HttpParts): void {
  api.get(
    '/v1/review',
    {
      schema: {
        operationId: 'listReview',
        tags: ['people'],
        summary: 'Open review items, newest first',
        querystring: exactly({
          minPriority: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
          ...paging,
        }),
        response: { 200: page(item), ...refusals },
      },
    },
    async ({ query: { limit, cursor, minPriority } }) =>
      sentPage(await listReviews(db, { minPriority }, pageWanted(limit, cursor))),
  );
}
