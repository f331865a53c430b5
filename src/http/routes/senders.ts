/** `GET /v1/senders/{domain}`: how a sending domain stands with its receivers. */
import Type from 'typebox';
import { categoryNames } from '../../core/classify/categories.ts';
import { senderScore } from '../../store/senders.ts';
import { domainFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { exactly, nullableText, refusals, time, word } from '../shapes.ts';
import { severities } from './alerts.ts';

const score = Type.Object({
  sendingDomain: Type.String(),
  score: Type.Number({ minimum: 0, maximum: 100 }),
  sent: Type.Integer({ description: 'Mails sent in the window: from here, and those that were told of.' }),
  recipients: Type.Integer({ description: 'Distinct recipients with a fault.' }),
  points: Type.Number(),
  since: time('Begin of the window (policy.senderWindow).'),
  faults: Type.Array(
    Type.Object({
      category: word(categoryNames),
      severity: word(severities),
      provider: nullableText(),
      recipients: Type.Integer(),
    }),
    { description: 'Most recipients first, at most 100.' },
  ),
});

export function senderRoutes(api: Api, { db, options, now }: HttpParts): void {
  api.get(
    '/v1/senders/:domain',
    {
      schema: {
        operationId: 'readSender',
        tags: ['sending'],
        summary: 'Score of a sending domain, and what receivers hold against it',
        params: exactly({ domain: Type.String() }),
        response: { 200: score, ...refusals },
      },
    },
    async ({ params: { domain } }) =>
      senderScore(db, domainFrom(domain, '/domain'), options.policy.senderWindow, now()),
  );
}
