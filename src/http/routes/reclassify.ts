/** `/v1/reclassify`: stored events decided again with today's rules. The caller asks for batch after batch: nothing runs by itself. */
import Type from 'typebox';
import { categoryNames, types } from '../../core/classify/categories.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { Diff } from '../../store/reclassify-diff.ts';
import type { ReclassifyFilter } from '../../store/reclassify-events.ts';
import { findRun, listRuns, nextBatch, previewBatch, startRun } from '../../store/reclassify.ts';
import { addressFrom, domainFrom, timeFrom } from '../inputs.ts';
import { actorOf } from '../actor.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { category } from '../rows.ts';
import { exactly, nullable, refusals, text, time, uuid, word } from '../shapes.ts';

const filter = Type.Optional(
  exactly({
    category: Type.Optional(word(categoryNames, 'The category that stands now.')),
    rule: Type.Optional(text('The rule that stands now.', 200)),
    provider: Type.Optional(text('Organisational domain of the recipient.', 255)),
    campaign: Type.Optional(text('As it was minted.')),
    recipient: Type.Optional(text('The proved recipient.', 400)),
    since: Type.Optional(time('Received at or after.')),
    until: Type.Optional(time('Received before.')),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Events looked at, at most.' }),
    ),
  }),
);
const side = Type.Object({ type: word(types), category, rule: Type.String() });
const diff = {
  looked: Type.Integer({ description: 'Events looked at in this batch.' }),
  changed: Type.Integer({ description: 'Events that are decided otherwise.' }),
  renamed: Type.Integer({
    description: 'Events that get the same decision by another rule; nothing is written for them.',
  }),
  released: Type.Integer({ description: 'Recipients that may be mailed again.' }),
  suppressed: Type.Integer({ description: 'Recipients that may be mailed no longer.' }),
  adjusted: Type.Integer({ description: 'Recipients whose level or its end changes otherwise.' }),
  lines: Type.Array(
    Type.Object({
      from: side,
      to: side,
      count: Type.Integer(),
      examples: Type.Array(Type.Object({ eventId: uuid(), text: Type.String() }), { description: 'At most 3.' }),
    }),
  ),
};
const run = Type.Object({
  id: uuid(),
  createdAt: time(),
  actor: Type.String(),
  reason: Type.String(),
  undoes: nullable(uuid(), 'The run that this one takes back.'),
  filter: Type.Record(Type.String(), Type.Unknown()),
  state: word(['running', 'stopped', 'done'], '`stopped`: it was taken back before it was done.'),
  looked: Type.Integer(),
  changed: Type.Integer(),
  released: Type.Integer(),
  suppressed: Type.Integer(),
  finishedAt: nullable(time()),
});
const byId = exactly({ id: uuid('The run.') });

export function reclassifyRoutes(api: Api, { db, log, metrics, now, options, rules }: HttpParts): void {
  const terms = () => ({ rules: rules(), policy: options.policy, now: now() });

  api.post(
    '/v1/reclassify/preview',
    {
      schema: {
        operationId: 'previewReclassification',
        tags: ['operation'],
        summary: "What today's rules would decide otherwise, batch by batch; nothing is written",
        description:
          'The first 500 events after `cursor` are looked at. `next` is the cursor of the following batch, null at the end. Recipients are counted as if this batch were the only one, and `filter.limit` is of this batch.',
        body: exactly({ filter, cursor: Type.Optional(Type.String({ maxLength: 200 })) }),
        response: { 200: Type.Object({ ...diff, next: nullable(Type.String()) }), ...refusals },
      },
    },
    async ({ body }) => {
      const { diff: found, next } = await previewBatch(
        db,
        checked(body.filter ?? {}),
        decodeCursor(body.cursor),
        terms(),
      );
      return { ...shown(found), next: next === null ? null : encodeCursor(next) };
    },
  );

  api.post(
    '/v1/reclassify',
    {
      schema: {
        operationId: 'startReclassification',
        tags: ['operation'],
        summary: 'Begin a run, or one that takes another back',
        description:
          'Nothing is changed by this: `POST /v1/reclassify/{id}/next` does a batch. With `undo` the events that the run changed, and no later one, get the verdict back that they had. A run that was not done is stopped by that; retries that it cancelled stay cancelled.',
        body: exactly({
          filter,
          undo: Type.Optional(uuid('The run that is taken back.')),
          reason: text('Why; kept with each decision.'),
        }),
        response: { 200: run, ...refusals },
      },
    },
    async ({ body: { filter: wanted, undo, reason }, headers }) => {
      if (undo !== undefined && wanted !== undefined)
        throw new Problem('invalidRequest', 'either `filter` or `undo`: a run is taken back whole');
      if (undo !== undefined && (await findRun(db, undo)) === null) throw new Problem('notFound', 'no run has this id');
      const actor = actorOf(headers);
      return startRun(db, { actor, reason, undoes: undo ?? null, filter: checked(wanted ?? {}) }, now());
    },
  );

  api.post(
    '/v1/reclassify/:id/next',
    {
      schema: {
        operationId: 'continueReclassification',
        tags: ['operation'],
        summary: 'Do the next batch of a run',
        description:
          'One transaction of at most 500 events, with the place that was reached: ask again until `run.state` is `done`, now or days later. A run that is taken back meanwhile is refused with `stopped`.',
        params: byId,
        body: exactly({}),
        response: { 200: Type.Object({ run, ...diff }), ...refusals },
      },
    },
    async ({ params: { id } }) => {
      const done = await nextBatch(db, id, terms());
      if (done === null) throw new Problem('notFound', 'no run has this id');
      if (done.run.state === 'stopped') throw new Problem('stopped');
      const { looked, changed, released, suppressed } = done.diff;
      if (changed > 0) {
        metrics.reclassified.inc(changed);
        log.reclassified({ run: id, looked, changed, released, suppressed });
      }
      return { run: done.run, ...shown(done.diff) };
    },
  );

  api.get(
    '/v1/reclassify',
    {
      schema: {
        operationId: 'listReclassifications',
        tags: ['operation'],
        summary: 'Runs, newest first, at most 100',
        response: { 200: Type.Object({ items: Type.Array(run), next: Type.Null() }), ...refusals },
      },
    },
    async () => ({ items: await listRuns(db), next: null }),
  );
}

/** @throws Problem where a value is none. */
function checked(given: ReclassifyFilter): ReclassifyFilter {
  const { recipient, provider, since, until, ...rest } = given;
  return {
    ...rest,
    ...(recipient !== undefined && { recipient: addressFrom(recipient) }),
    ...(provider !== undefined && { provider: domainFrom(provider, '/filter/provider') }),
    ...(since !== undefined && { since: timeFrom(since, '/filter/since').toISOString() }),
    ...(until !== undefined && { until: timeFrom(until, '/filter/until').toISOString() }),
  };
}

function shown({ looked, changed, renamed, released, suppressed, adjusted, lines }: Diff) {
  return { looked, changed, renamed, released, suppressed, adjusted, lines: lines() };
}
