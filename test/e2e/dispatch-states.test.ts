/**
 * The table of states in docs/sending.md, tried: the daemon brings dispatches into each state by what a relay, a report,
 * time or a person does, and each cell of the four wishes is asked for, by the API and on the command line.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from '../helpers/database.ts';
import { readPage, rowsOf } from '../helpers/pages.ts';
import { projectRoot } from './support/daemon.ts';
import { until } from './support/ports.ts';
import { startRelayPeer, type RelayPeer } from './support/relay-peer.ts';
import { sendingDomain, startSendingDaemon, type SendingDaemon } from './support/sending-daemon.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

const wishes = ['retry', 'cancel', 'resolve --as sent', 'resolve --as resend'] as const;
type Wish = (typeof wishes)[number];

/** What the page says: where each wish leads from each state, '' where it is refused. */
const table = rowsOf(readPage('docs/sending.md'), 'state').map(([state = '', , final, ...leads]) => ({
  state,
  final: final === 'yes',
  leads: new Map(wishes.map((wish, i) => [wish, leads[i] ?? '?'])),
}));
const cells = table.flatMap(({ state, leads }) => wishes.map((wish) => ({ state, wish, lead: leads.get(wish) ?? '' })));

/** Mail to these goes wrong in its own way; to all others it goes out. */
const refusals: Readonly<Record<string, string>> = {
  policy: '550 5.7.1 Message refused by local policy',
  full: '452 4.2.2 Mailbox full',
  trouble: '451 4.3.0 Internal server error',
  gone: '550 5.1.1 User unknown',
};
const kindOf = (address = ''): string => address.split('-')[0] ?? '';

interface Detail {
  readonly state: string;
  readonly decisions: readonly {
    readonly reason: string;
    readonly actor: string;
    readonly prior: { readonly state: string };
    readonly result: { readonly state: string };
  }[];
}

describe('each state of a dispatch', { timeout: 60_000 }, () => {
  let daemon: SendingDaemon;
  let relay: RelayPeer;
  /** For each cell that leads somewhere two of its own, for the API and the command line; one for all that are refused. */
  const dispatches = new Map<string, { readonly api: string; readonly cli: string }>();
  let number = 0;

  beforeAll(async () => {
    relay = await startRelayPeer({
      onRecipient: (to) => refusals[kindOf(to)] ?? null,
      onMessage: ({ to: [to = ''] }) => (to.endsWith('@slow.test') ? '' : kindOf(to) === 'lost' ? 'RST' : null),
    });
    daemon = await startSendingDaemon({
      relayUrl: `smtp://127.0.0.1:${relay.port}`,
      toml: `[sender]
expiry = '2h'
[[provider]]
name = 'slow.test'
concurrency = 1
[[retry]]
category = 'mailbox_full'
delays = ['1h']
[[retry]]
category = 'server_error'
delays = ['24h']
`,
      env: { BOUNCEMX_SENDER_POLL_INTERVAL: '200ms' },
    });
    const silent = await make('sent', () => hand('ok', 'far.test'), 'assumed_delivered');
    // A week in which nothing was heard: for them alone it is over, and the daemon finds out by itself.
    const url = await readFile(join(daemon.dataDir, 'postgres/url'), 'utf8');
    await once(
      url.trim(),
      `update dispatches set sent_at = sent_at - interval '8 d' where id in ('${silent.join("','")}')`,
    );
    await make('sent', () => hand('ok', 'far.test'));
    await make('delivered', delivered);
    await make('waiting', () => hand('full', 'far.test'));
    await make('bounced', () => hand('policy', 'far.test'));
    await make('expired', () => hand('trouble', 'far.test'));
    await make('indeterminate', () => hand('lost', 'far.test'));
    await make('cancelled', cancelled);
    const gone = await hand('gone', 'far.test');
    await reached('bounced', [gone.id]);
    await make('suppressed', () => hand('', '', gone.recipient));
    // One that hangs at the relay, and its provider takes one at a time: the rest of those claimed with it wait for it.
    const together = await handAll(Array.from({ length: 4 }, () => `ok-${number++}@slow.test`));
    const stateOf = async (id: string): Promise<string> => (await detail(id)).state;
    const states = await until('one to hang and the others to wait for it', async () => {
      const found = await Promise.all(together.map(async (id) => ({ id, state: await stateOf(id) })));
      const hangs = found.filter(({ state }) => state === 'sending').length === 1;
      return hangs && found.every(({ state }) => state === 'sending' || state === 'claimed') && found;
    });
    const claimed = states.filter(({ state }) => state === 'claimed').map(({ id }) => id);
    expect(claimed).toHaveLength(3);
    await make('sending', () => Promise.resolve(states.find(({ state }) => state === 'sending') ?? { id: '' }));
    await make('claimed', () => Promise.resolve({ id: claimed.pop() ?? '' }));
    // What comes now is not even claimed.
    await make('queued', () => hand('ok', 'slow.test'));
    await reached('assumed_delivered', silent);
  }, 120_000);
  afterAll(async () => {
    // Before the daemon, which would wait for the one that hangs.
    await relay.close();
    await daemon.stop();
  });

  /** A message to one that matters and to another whose dispatch stays open: with it the message stays stored. */
  async function hand(
    kind: string,
    domain: string,
    recipient = `${kind}-${number++}@${domain}`,
  ): Promise<{ id: string; recipient: string }> {
    const [id = ''] = await handAll([recipient, `keep-${number++}@far.test`]);
    return { id, recipient };
  }

  /** One message; the dispatches in the order of the recipients. */
  async function handAll(recipients: readonly string[]): Promise<string[]> {
    const raw = `From: News <news@${sendingDomain}>\r\nTo: readers@${sendingDomain}\r\nSubject: November\r\n\r\nHello.\r\n`;
    const handed = await daemon.hand({ raw: Buffer.from(raw).toString('base64'), recipients });
    return recipients.map((to) => handed.recipients.find(({ recipient }) => recipient === to)?.dispatchId ?? '');
  }

  async function delivered(): Promise<{ id: string }> {
    const { id, recipient } = await hand('ok', 'far.test');
    await until('the mail', () => Promise.resolve(relay.taken.some(({ to }) => to.includes(recipient))));
    await report(recipient, '250 2.1.5 stored', (text) =>
      text
        .replace('Action: failed', 'Action: delivered')
        .replace('Undelivered Mail Returned to Sender', 'Successful Mail Delivery Report'),
    );
    return { id };
  }

  /** To the return-path that the relay was given for this recipient last. */
  async function report(
    recipient: string,
    diagnostic: string,
    changed = (text: string): string => text,
  ): Promise<void> {
    const to = relay.asked.findLast((each) => each.to === recipient)?.from ?? '';
    const status = diagnostic.split(' ')[1] ?? '';
    const peer = new SmtpPeer(daemon.smtpPort);
    await peer.greet();
    const text = changed(failureReport({ to, about: recipient, diagnostic, status, unique: `r${number++}` }));
    expect(await peer.deliver('', to, text)).toMatch(/^250/);
    peer.close();
  }

  async function cancelled(): Promise<{ id: string }> {
    const { id } = await hand('full', 'far.test');
    await reached('waiting', [id]);
    await ask(id, 'cancel', 'not wanted any more');
    return { id };
  }

  /** As many as the cells of `state` (or `of`, which they are in later) need, and waits until they are in that state. */
  async function make(state: string, one: () => Promise<{ id: string }>, of = state): Promise<string[]> {
    // Nothing changes one that is refused: it does for all the cells.
    const common = (await one()).id;
    const made = [common];
    const next = async (): Promise<string> => {
      const { id } = await one();
      made.push(id);
      return id;
    };
    for (const { wish, lead } of cells.filter((cell) => cell.state === of))
      dispatches.set(
        `${of} ${wish}`,
        lead === '' ? { api: common, cli: common } : { api: await next(), cli: await next() },
      );
    await reached(state, made);
    return made;
  }

  async function detail(id: string): Promise<Detail> {
    return (await daemon.api<Detail>(`/v1/dispatches/${id}`)).body;
  }

  async function reached(state: string, ids: readonly string[]): Promise<void> {
    let last: string[] = [];
    await until(
      `${ids.length} to be ${state}`,
      async () => {
        last = await Promise.all(ids.map(async (id) => (await detail(id)).state));
        return last.every((each) => each === state);
      },
      30_000,
    ).catch((error: unknown) => {
      throw new Error(`${state}: they are ${last.join(', ')}\n${daemon.output().slice(-1000)}`, { cause: error });
    });
  }

  async function ask(
    id: string,
    wish: Wish,
    reason: string,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const [verb = '', , as] = wish.split(' ');
    return await daemon.api(`/v1/dispatches/${id}/${verb}`, {
      method: 'POST',
      body: { reason, ...(as === undefined ? {} : { as }) },
    });
  }

  async function bouncemx(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, [join(projectRoot, 'dist/main.js'), ...args], {
      env: daemon.env,
      cwd: daemon.dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, out, err };
  }

  it('was reached by what brings it about, and the queue counts it', async () => {
    expect(table).toHaveLength(12);
    expect([...new Set([...dispatches.keys()].map((key) => key.split(' ')[0]))].sort()).toEqual(
      table.map(({ state }) => state).sort(),
    );
    const { body } = await daemon.api<{ states: Record<string, number> }>('/v1/queue');
    for (const { state, final } of table)
      if (final) expect(Object.keys(body.states)).not.toContain(state);
      else expect(body.states[state], state).toBeGreaterThan(0);
  });

  it.each(cells)('$state: $wish by the API leads to "$lead"', async ({ state, wish, lead }) => {
    const id = dispatches.get(`${state} ${wish}`)?.api ?? '';
    const before = await detail(id);
    const { status, body } = await ask(id, wish, 'by the table');
    if (lead === '') {
      expect(body).toMatchObject({ status: 409, detail: `the dispatch is ${state}` });
      expect(status).toBe(409);
      expect(await detail(id)).toMatchObject({ state, decisions: before.decisions });
    } else {
      expect({ status, body }).toMatchObject({ status: 200, body: { id, prior: state, state: lead } });
      const { decisions } = await detail(id);
      expect(decisions.at(-1)).toMatchObject({
        reason: 'by the table',
        actor: 'api:admin',
        prior: { state },
        result: { state: lead },
      });
    }
  });

  it.each(wishes)('%s on the command line does what it may, and says of the rest why not', async (wish) => {
    const asked = cells.filter((cell) => cell.wish === wish);
    const idOf = ({ state }: { state: string }): string => dispatches.get(`${state} ${wish}`)?.cli ?? '';
    const [verb = '', ...how] = wish.split(' ');
    const { code, out, err } = await bouncemx('queue', verb, ...asked.map(idOf), ...how, '--reason', 'by the table');
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual(
      asked.filter(({ lead }) => lead !== '').map((cell) => `${idOf(cell)}: ${cell.state} → ${cell.lead}`),
    );
    for (const cell of asked.filter(({ lead }) => lead === ''))
      expect(err).toContain(`${idOf(cell)}: the dispatch is ${cell.state}`);
  });

  it('a wish whose message is not stored any more is refused, and says so', async () => {
    const [id = ''] = await handAll([`policy-${number++}@far.test`]);
    await reached('bounced', [id]);
    const { status, body } = await ask(id, 'retry', 'once more');
    expect(status).toBe(409);
    expect(JSON.stringify(body)).toMatch(/not (?:kept|stored)/);
  });

  it('a failure that is heard of after `assumed_delivered`, or about an indeterminate one, makes it `bounced`', async () => {
    const silent = dispatches.get('assumed_delivered retry')?.api ?? '';
    const lost = await hand('lost', 'far.test');
    await reached('indeterminate', [lost.id]);
    const { body } = await daemon.api<{ recipient: string }>(`/v1/dispatches/${silent}`);
    for (const recipient of [body.recipient, lost.recipient])
      await report(recipient, `550 5.1.1 <${recipient}>: user unknown`);
    await reached('bounced', [silent, lost.id]);
  });
});
