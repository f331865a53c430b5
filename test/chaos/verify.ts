/** What must be true once all is quiet: every acknowledged report is there with all its consequences, exactly once. */
import pg from 'pg';
import { until } from '../e2e/support/ports.ts';

export interface Verdict {
  readonly acknowledged: number;
  readonly lost: number;
  readonly double: number;
  readonly half: number;
  readonly stuck: number;
}

export async function verify(connection: pg.ClientConfig, acknowledged: ReadonlySet<string>): Promise<Verdict> {
  const client = new pg.Client(connection);
  await client.connect();
  const rows = async <R extends pg.QueryResultRow>(text: string): Promise<R[]> => (await client.query<R>(text)).rows;
  try {
    await until(
      'the queue to be empty',
      async () => (await rows(`select 1 from queue where state <> 'stuck' limit 1`)).length === 0,
      120_000,
    );
    const stuck = await rows(`select 1 from queue where state = 'stuck'`);
    const events = new Map(
      (
        await rows<{ recipient: string; n: string }>(
          'select recipient, count(*) as n from events where recipient is not null group by 1',
        )
      ).map((row) => [row.recipient, Number(row.n)]),
    );
    const doubles = (table: string, column: string): Promise<{ n: string }[]> =>
      rows(`select count(*) as n from ${table} group by ${column} having count(*) > 1`);
    const double =
      [...events.values()].filter((n) => n > 1).length + (await doubles('arrivals', 'forward_path')).length;
    const recipientsOf = async (table: string, column: string): Promise<Set<string>> =>
      new Set((await rows<{ a: string }>(`select distinct ${column} as a from ${table}`)).map((row) => row.a));
    const suppressed = await recipientsOf('suppressions', 'address');
    const counted = await recipientsOf('counts', 'recipient');
    const decided = await recipientsOf('decisions', 'recipient');
    let lost = 0;
    let half = 0;
    for (const recipient of acknowledged) {
      if (!events.has(recipient)) lost++;
      else if (!suppressed.has(recipient) || !counted.has(recipient) || !decided.has(recipient)) half++;
    }
    const perEvent = await rows<{ n: string }>(
      'select distinct count(d.id) as n from events e left join decisions d on d.event_id = e.id group by e.id',
    );
    // Every event is of the same kind here: all must have led to the same number of decisions.
    if (perEvent.length > 1) half += perEvent.length - 1;
    return { acknowledged: acknowledged.size, lost, double, half, stuck: stuck.length };
  } finally {
    await client.end();
  }
}
