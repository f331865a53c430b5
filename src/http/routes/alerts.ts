/** `GET /v1/alerts`: what was raised about a sending domain. */
import Type from 'typebox';
import { listAlerts } from '../../store/alerts.ts';
import { pageWanted, sentPage } from '../cursor.ts';
import { domainFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { category } from '../rows.ts';
import { exactly, nullable, nullableText, page, paging, refusals, text, time, uuid, word } from '../shapes.ts';

export const severities = ['critical', 'high', 'medium', 'low'] as const;

const alert = Type.Object({
  id: uuid(),
  kind: Type.String(),
  severity: word(severities),
  sendingDomain: nullableText(),
  provider: nullableText(),
  category,
  day: Type.String({ format: 'date', description: 'UTC' }),
  firstAt: time(),
  lastAt: time(),
  recipients: Type.Integer({ description: 'Distinct recipients.' }),
  eventId: nullable(uuid(), 'The event that raised it.'),
  text: Type.String(),
});

export function alertRoutes(api: Api, { db }: HttpParts): void {
  api.get(
    '/v1/alerts',
    {
      schema: {
        operationId: 'listAlerts',
        tags: ['people'],
        summary: 'Alerts, newest activity first',
        querystring: exactly({ sendingDomain: Type.Optional(text('One sending domain.', 255)), ...paging }),
        response: { 200: page(alert), ...refusals },
      },
    },
    async ({ query: { limit, cursor, sendingDomain } }) =>
      sentPage(
        await listAlerts(
          db,
          { sendingDomain: sendingDomain === undefined ? undefined : domainFrom(sendingDomain, '/sendingDomain') },
          pageWanted(limit, cursor),
        ),
      ),
  );
}
