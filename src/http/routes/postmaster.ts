/** `/v1/postmaster`: mail to postmaster@ and abuse@ of the return-path domains, kept apart from bounces. */
import Type from 'typebox';
import { listPostmasterMail, readPostmasterMail } from '../../store/postmaster.ts';
import { pageWanted, sentPage } from '../cursor.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { exactly, nullableText, page, paging, refusals, time, uuid } from '../shapes.ts';

const mail = Type.Object({
  id: uuid(),
  receivedAt: time(),
  reversePath: Type.String({ description: 'Empty for the null reverse-path.' }),
  forwardPath: Type.String(),
  peerAddress: Type.String(),
  subject: nullableText(),
  size: Type.Integer({ description: 'Octets.' }),
});

export function postmasterRoutes(api: Api, { db }: HttpParts): void {
  api.get(
    '/v1/postmaster',
    {
      schema: {
        operationId: 'listPostmaster',
        tags: ['people'],
        summary: 'Mail to postmaster@ and abuse@, newest first',
        querystring: exactly(paging),
        response: { 200: page(mail), ...refusals },
      },
    },
    async ({ query: { limit, cursor } }) => sentPage(await listPostmasterMail(db, pageWanted(limit, cursor))),
  );

  api.get(
    '/v1/postmaster/:id/raw',
    {
      schema: {
        operationId: 'readPostmasterRaw',
        tags: ['people'],
        summary: 'One of them as it came',
        produces: ['application/octet-stream'],
        params: exactly({ id: uuid('The mail.') }),
        response: { 200: Type.String({ format: 'binary' }), ...refusals },
      },
    },
    async ({ params: { id } }, reply) => {
      const found = await readPostmasterMail(db, id);
      if (found === null) throw new Problem('notFound', 'no mail has this id');
      return reply
        .header('content-disposition', `attachment; filename="bouncemx-${id}.eml"`)
        .type('application/octet-stream')
        .send(found.body);
    },
  );
}
