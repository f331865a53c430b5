/** `/v1/events`: what came in and what was made of it, with the evidence and the raw report. */
import Type from 'typebox';
import { categoryNames, types } from '../../core/classify/categories.ts';
import { findEvent, listEvents, rawOfEvent } from '../../store/events.ts';
import { pageWanted, sentPage } from '../cursor.ts';
import { addressFrom, domainFrom, timeFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { decision, event, evidence } from '../rows.ts';
import { exactly, nullable, nullableText, page, paging, refusals, text, time, uuid, word } from '../shapes.ts';

const filter = exactly({
  recipient: Type.Optional(text('The proved recipient.', 400)),
  type: Type.Optional(word(types)),
  category: Type.Optional(word(categoryNames)),
  provider: Type.Optional(text('Organisational domain of the recipient.', 255)),
  sendingDomain: Type.Optional(text('The domain that sent the mail.', 255)),
  campaign: Type.Optional(text('As it was minted.')),
  since: Type.Optional(time('Received at or after.')),
  until: Type.Optional(time('Received before.')),
  ...paging,
});

const report = Type.Object({
  kind: Type.String(),
  format: Type.String({ description: 'The reader that found it: rfc3464, rfc5965, rfc3834, qmail, …' }),
  feedbackType: nullableText('RFC 5965'),
  phase: nullableText('Phase of the SMTP dialogue that the diagnostic speaks of.'),
  machineReadable: Type.Boolean(),
  sign: evidence,
  arrivalDate: nullableText('ISO 8601'),
  lastAttemptDate: nullableText('ISO 8601'),
  willRetryUntil: nullableText('ISO 8601'),
});

const detail = Type.Object({
  ...event.properties,
  report,
  originalHeaders: nullable(Type.Record(Type.String(), Type.String()), 'Headers of the returned message.'),
  decisions: Type.Array(decision),
});

const byId = exactly({ id: uuid('The event.') });

export function eventRoutes(api: Api, { db }: HttpParts): void {
  api.get(
    '/v1/events',
    {
      schema: {
        operationId: 'listEvents',
        tags: ['events'],
        summary: 'Events, newest first',
        querystring: filter,
        response: { 200: page(event), ...refusals },
      },
    },
    async ({ query: { limit, cursor, recipient, provider, sendingDomain, since, until, ...words } }) => {
      const found = await listEvents(
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
    '/v1/events/:id',
    {
      schema: {
        operationId: 'readEvent',
        tags: ['events'],
        summary: 'One event: verdict, evidence, decisions',
        params: byId,
        response: { 200: detail, ...refusals },
      },
    },
    async ({ params: { id } }) => {
      const found = await findEvent(db, id);
      if (found === null) throw new Problem('notFound', 'no event has this id');
      return found;
    },
  );

  api.get(
    '/v1/events/:id/raw',
    {
      schema: {
        operationId: 'readEventRaw',
        tags: ['events'],
        summary: 'The report as it came',
        description:
          'The octets that were kept, as an attachment. `X-Message-Size` tells how many the message had, `X-Message-Truncated` whether that is more than is kept.',
        produces: ['application/octet-stream'],
        params: byId,
        response: { 200: Type.String({ format: 'binary' }), ...refusals },
      },
    },
    async ({ params: { id } }, reply) => {
      const raw = await rawOfEvent(db, id);
      if (raw === null) throw new Problem('notFound', 'no event has this id, or its report is kept no longer');
      return reply
        .headers({
          'content-disposition': `attachment; filename="bouncemx-${id}.eml"`,
          'x-message-size': String(raw.size),
          'x-message-truncated': String(raw.truncated),
        })
        .type('application/octet-stream')
        .send(raw.body);
    },
  );
}
