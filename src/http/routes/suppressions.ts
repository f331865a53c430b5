/** `/v1/suppressions`: may this address be mailed? One, many at once (what senders ask before each mailing), and the lift. */
import Type from 'typebox';
import { identityOf } from '../../core/address.ts';
import { liftSuppression } from '../../store/lift.ts';
import { suppressionLevels, suppressionOf } from '../../store/suppressions.ts';
import { actorOf } from '../actor.ts';
import { addressFrom } from '../inputs.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { levels, suppression } from '../rows.ts';
import { bulkBody, exactly, maxItems, refusals, text, uuid, word } from '../shapes.ts';

const byAddress = exactly({ address: Type.String() });
const invalid = 'invalidAddress' as const;
const problem = Type.Optional(word([invalid], 'Only where the address is none.'));

export function suppressionRoutes(api: Api, parts: HttpParts): void {
  const { db, now, log, metrics, options } = parts;

  api.get(
    '/v1/suppressions/:address',
    {
      schema: {
        operationId: 'readSuppression',
        tags: ['suppressions'],
        summary: 'Whether an address must not be mailed, and why',
        description: 'Always 200: an address that was never seen, and what is no address, is not suppressed.',
        params: byAddress,
        response: { 200: Type.Object({ ...suppression.properties, problem }), ...refusals },
      },
    },
    async ({ params: { address } }) => {
      const identity = identityOf(address);
      if (identity !== null) return suppressionOf(db, identity, now());
      const unknown = { since: null, expiresAt: null, type: null, category: null, rule: null, eventIds: [] };
      return { address, suppressed: false, level: 'none', ...unknown, problem: invalid };
    },
  );

  api.post(
    '/v1/suppressions/check',
    {
      ...bulkBody(options),
      schema: {
        operationId: 'checkSuppressions',
        tags: ['suppressions'],
        summary: 'The same for up to 10,000 addresses',
        description: 'Results stand in the order of the addresses, which come back as they were given.',
        body: exactly({ addresses: Type.Array(Type.String(), { maxItems }) }),
        response: {
          200: Type.Object({
            results: Type.Array(
              Type.Object({ address: Type.String(), suppressed: Type.Boolean(), level: word(levels), problem }),
            ),
          }),
          ...refusals,
        },
      },
    },
    async ({ body: { addresses } }) => {
      const identities = addresses.map(identityOf);
      const asked = [...new Set(identities)].filter((identity) => identity !== null);
      const found = asked.length === 0 ? new Map<string, never>() : await suppressionLevels(db, asked, now());
      const results = addresses.map((address, index) => {
        const identity = identities[index] ?? null;
        if (identity === null) return { address, suppressed: false, level: 'none', problem: invalid };
        const level = found.get(identity) ?? 'none';
        return { address, suppressed: level !== 'none', level };
      });
      return { results };
    },
  );

  api.delete(
    '/v1/suppressions/:address',
    {
      schema: {
        operationId: 'liftSuppression',
        tags: ['suppressions'],
        summary: 'Lift a suppression',
        description:
          'Recorded as a decision with its reason. A report about mail that was sent before the lift does not suppress again.',
        params: byAddress,
        body: exactly({ reason: text('Why; kept for ever with the decision.') }),
        response: {
          200: Type.Object({ address: Type.String(), prior: word(levels), decisionId: uuid() }),
          ...refusals,
        },
      },
    },
    async ({ params, body: { reason }, headers }) => {
      const address = addressFrom(params.address);
      const actor = actorOf(headers);
      const lifted = await liftSuppression(db, address, reason, actor);
      if (!lifted.ok) throw new Problem('notSuppressed');
      log.lifted({ recipient: address, actor, decisionId: lifted.decisionId });
      metrics.lifted.inc();
      return { address, prior: lifted.prior, decisionId: lifted.decisionId };
    },
  );
}
