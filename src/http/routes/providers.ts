/** `/v1/providers`: how receivers take our mail, and what that means for the MTA that carries it. */
import Type from 'typebox';
import { capOf } from '../../config/sending-terms.ts';
import { adviceFor } from '../../core/sending/provider-advice.ts';
import { providerFacts } from '../../store/dispatch-facts.ts';
import type { Api, HttpParts } from '../parts.ts';
import { category } from '../rows.ts';
import { exactly, nullable, nullableText, refusals, time, word } from '../shapes.ts';

const provider = Type.Object({
  provider: Type.String({ description: 'Organisational domain of the recipients.' }),
  state: word(['closed', 'open', 'probing'], 'Of the breaker: `open` rests, `probing` waits for the end of one mail.'),
  since: nullable(time(), 'Null where it never turned mail away.'),
  failures: Type.Integer({ description: 'Probes that failed in a row.' }),
  probeAt: nullable(time(), 'When one mail tries again.'),
  lastCategory: category,
  lastDiagnostic: nullableText('The words with which it turned mail away last.'),
  faults: Type.Integer({ description: 'Distinct dispatches turned away within care.breakerWindow.' }),
  inFlight: Type.Integer({ description: 'Dispatches on their way, over all processes.' }),
  waiting: Type.Integer({ description: 'Dispatches queued or waiting.' }),
  concurrency: Type.Integer({ description: 'The cap of one process.' }),
  ratePerMinute: Type.Integer({ description: 'The cap of one process; 0: none.' }),
});

export function providerRoutes(api: Api, { db, options, now }: HttpParts): void {
  const configured = options.provider.map(({ name }) => name);
  async function providers() {
    const facts = await providerFacts(db, options.care.breakerWindow, configured);
    return facts.map((each) => ({ ...each, ...capOf(options, each.provider) }));
  }

  api.get(
    '/v1/providers',
    {
      schema: {
        operationId: 'listProviders',
        tags: ['sending'],
        summary: 'Providers that something is known of: breaker, caps, what is on its way',
        response: { 200: Type.Object({ items: Type.Array(provider) }), ...refusals },
      },
    },
    async () => ({ items: await providers() }),
  );

  api.get(
    '/v1/providers/export',
    {
      schema: {
        operationId: 'exportProviders',
        tags: ['sending'],
        summary: 'Caps and breakers as lines for Postfix or KumoMTA',
        description:
          'Advice to read and paste: providers with caps of their own, and those that turned mail away within care.breakerWindow or rest.',
        produces: ['text/plain'],
        querystring: exactly({ format: word(['postfix', 'kumomta']) }),
        response: { 200: Type.String(), ...refusals },
      },
    },
    async ({ query: { format } }, reply) => {
      const worth = (await providers()).filter(
        (each) => each.state !== 'closed' || each.faults > 0 || configured.includes(each.provider),
      );
      const lines = adviceFor(format, worth, { now: now(), pause: options.care.breakerPause });
      return reply.type('text/plain; charset=utf-8').send(lines);
    },
  );
}
