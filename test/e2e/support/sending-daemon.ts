/** A daemon that sends: with a configuration file (tables cannot be set by the environment), a submission listener, and what tests ask of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { domain, startDaemon, type Daemon } from './daemon.ts';
import { freePort, until } from './ports.ts';

/** As `GET /v1/dispatches` shows it; what tests look at. */
export interface DispatchItem {
  readonly id: string;
  readonly recipient: string;
  readonly state: string;
  readonly attempt: number;
  readonly dueAt: string | null;
  readonly stateAt: string;
  readonly category: string | null;
  readonly rule: string | null;
  readonly status: string | null;
  readonly replyCode: number | null;
  readonly diagnostic: string | null;
}
interface Handed {
  readonly id: string;
  readonly messageId: string;
  readonly recipients: readonly {
    readonly recipient: string;
    readonly dispatchId: string | null;
    readonly state: string | null;
  }[];
}

export interface SendingDaemon extends Daemon {
  readonly submissionPort: number;
  /** `POST /v1/messages`; throws unless it was taken. */
  hand(message: Record<string, unknown>): Promise<Handed>;
  /** All of them, or those that a query string chooses. */
  dispatches(query?: string): Promise<DispatchItem[]>;
  /** Waits until every dispatch satisfies it; they then. */
  settled(what: string, count: number, done: (each: DispatchItem) => boolean, ms?: number): Promise<DispatchItem[]>;
}

export const sendingDomain = 'sender.test';

interface Setup {
  /** Where all its mail goes. */
  readonly relayUrl: string;
  /** Of the relay's table, then further sections and tables. */
  readonly toml?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly submissionPort?: number;
  /** Where it takes reports. */
  readonly mxPort?: number;
}

export async function startSendingDaemon(setup: Setup): Promise<SendingDaemon> {
  const { relayUrl, toml = '', env = {}, submissionPort = await freePort(), mxPort } = setup;
  const folder = await mkdtemp('/tmp/bmx-sending-');
  const file = join(folder, 'bouncemx.toml');
  await writeFile(
    file,
    `[[domain]]
name = '${domain}'
sendingDomains = ['${sendingDomain}']

[[relay]]
url = '${relayUrl}'
${toml}`,
    { mode: 0o600 },
  );
  const daemon = await startDaemon(
    {
      BOUNCEMX_CONFIG: file,
      BOUNCEMX_SUBMISSION_LISTEN: `127.0.0.1:${submissionPort}`,
      BOUNCEMX_SUBMISSION_NETWORKS: '127.0.0.0/8',
      ...env,
    },
    mxPort,
  );
  const dispatches = async (query = ''): Promise<DispatchItem[]> => {
    const items: DispatchItem[] = [];
    let cursor: string | null = null;
    do {
      const at: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { status, body } = await daemon.api<{ items: DispatchItem[]; next: string | null }>(
        `/v1/dispatches?limit=500${query === '' ? '' : `&${query}`}${at}`,
      );
      if (status !== 200) throw new Error(`dispatches answered ${status}: ${JSON.stringify(body)}`);
      items.push(...body.items);
      cursor = body.next;
    } while (cursor !== null);
    return items;
  };
  return {
    ...daemon,
    submissionPort,
    async hand(message) {
      const { status, body } = await daemon.api<Handed>('/v1/messages', { method: 'POST', body: message });
      if (status >= 300) throw new Error(`handing over answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    dispatches,
    async settled(what, count, done, ms = 60_000) {
      let last: DispatchItem[] = [];
      try {
        return await until(
          what,
          async () => {
            last = await dispatches();
            return last.length >= count && last.every(done) && last;
          },
          ms,
        );
      } catch (error) {
        const open = last.filter((each) => !done(each)).slice(0, 5);
        throw new Error(
          `${last.length} dispatches, among them ${JSON.stringify(open)}\n${daemon.output().slice(-2000)}`,
          {
            cause: error,
          },
        );
      }
    },
    async stop() {
      const ended = await daemon.stop();
      await rm(folder, { recursive: true, force: true });
      return ended;
    },
  };
}
