/** `POST /v1/sent`: how much was sent, the denominator of every rate. */
import Type from 'typebox';
import { addSent } from '../../store/senders.ts';
import { domainFrom, timeFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { bulkBody, exactly, maxItems, refusals, text, time } from '../shapes.ts';

const sent = exactly({
  sendingDomain: text('The domain that the mail was sent for.', 255),
  campaign: Type.Optional(text('As it was minted.')),
  provider: Type.Optional(text('Organisational domain of the recipients.', 255)),
  at: Type.Optional(time('When; counted by the hour. Default: now.')),
  count: Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Mails.' }),
});

export function sentRoutes(api: Api, { db, now, metrics, options }: HttpParts): void {
  api.post(
    '/v1/sent',
    {
      ...bulkBody(options),
      schema: {
        operationId: 'addSent',
        tags: ['sending'],
        summary: 'Add counts of mail sent',
        description:
          'Counts are added up: send each one once. All are taken or none. Mail that is sent from here counts by itself, when the relay takes it.',
        body: exactly({ counts: Type.Array(sent, { maxItems }) }),
        response: { 200: Type.Object({ accepted: Type.Integer({ description: 'Entries taken.' }) }), ...refusals },
      },
    },
    async ({ body: { counts } }) => {
      const at = now();
      const rows = counts.map((one, index) => ({
        sendingDomain: domainFrom(one.sendingDomain, `/counts/${index}/sendingDomain`),
        campaign: one.campaign ?? null,
        provider: one.provider === undefined ? null : domainFrom(one.provider, `/counts/${index}/provider`),
        at: one.at === undefined ? at : timeFrom(one.at, `/counts/${index}/at`),
        count: one.count,
      }));
      await addSent(db, rows);
      for (const { provider, count } of rows) metrics.sent.inc({ provider: metrics.provider.of(provider) }, count);
      return { accepted: rows.length };
    },
  );
}
