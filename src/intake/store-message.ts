/**
 * From a received message to its replies: arrivals for the RCPTs that prove something, one group for one transaction;
 * postmaster@ and abuse@ apart. 250 follows the commit; what is not committed in time is 451, and its octets count as in
 * memory until the store has really let go of them.
 */
import type { Arrival } from '../core/event.ts';
import { readMessage } from '../core/report/read.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { CommitOutcome, NewArrival } from '../store/arrivals.ts';
import type { NewPostmasterMail } from '../store/postmaster.ts';
import type { Admitted, Door } from './accept.ts';
import { arrivalKey } from './arrival-key.ts';
import { withDeadline } from './deadline.ts';
import type { Visit } from './limits.ts';
import type { Received } from './receive.ts';
import { refusals, stored, toReply, type Refusal } from './smtp-replies.ts';

/** One group is one transaction: all or nothing, outcomes in order. */
export type Commit = (group: readonly NewArrival[]) => Promise<readonly CommitOutcome[]>;
/** `full`: today's number is reached; nothing was stored. */
export type StorePostmaster = (mail: NewPostmasterMail) => Promise<'stored' | 'duplicate' | 'full'>;

interface Sender {
  readonly reversePath: string;
  readonly helo: string;
  readonly tls: boolean;
  readonly visit: Visit;
}

/** A reply for each of the visit's recipients, in order. `release` is called once, when the store holds the raw no more. */
export type Keep = (received: Received, from: Sender, release: () => void) => Promise<(string | Refusal)[]>;

interface KeepParts {
  readonly commit: Commit;
  readonly storePostmaster: StorePostmaster;
  readonly door: Door;
  readonly commitDeadline: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

const largestPostmasterMail = 10 * 1_048_576;

export function createKeep(parts: KeepParts): Keep {
  const { log, metrics, clock } = parts;

  /** The replies by key text: a RCPT given twice is one arrival. */
  async function commitReports(received: Received, from: Sender, reports: readonly Report[]): Promise<Replies> {
    const { visit } = from;
    const source = sourceOf(from);
    const since = clock();
    const group = reports.map((report) => toArrival(received, from, report));
    const outcomes = await parts.commit(group);
    const ms = clock() - since;
    metrics.commitSeconds.observe(ms / 1000);
    return new Map(
      reports.map(({ keyText, bound }, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) throw new Error('the store gave fewer outcomes than arrivals');
        const duplicate = outcome.outcome === 'duplicate';
        if (duplicate) metrics.duplicates.inc({ source });
        else metrics.arrivals.inc({ source, proof: bound.proof });
        log.accepted({
          arrivalId: outcome.arrivalId,
          source,
          proof: bound.proof,
          peer: visit.address,
          size: received.size,
          duplicate,
          ms: Math.round(ms * 10) / 10,
        });
        return [keyText, stored(outcome.arrivalId)];
      }),
    );
  }

  async function storeForPostmaster(received: Received, from: Sender, to: Admitted): Promise<Replies> {
    if (received.size > largestPostmasterMail) return new Map([[to.keyText, refusals.tooLarge]]);
    const outcome = await parts.storePostmaster({
      reversePath: from.reversePath,
      forwardPath: to.forwardPath,
      peerAddress: from.visit.address,
      subject: readMessage(received.raw, { truncated: received.truncated }).subject,
      size: received.size,
      key: arrivalKey(to.keyText, received.digest),
      body: received.raw,
    });
    if (outcome === 'full') parts.door.pausePostmaster();
    return new Map([[to.keyText, outcome === 'full' ? refusals.postmasterFull : stored(null)]]);
  }

  /** The part's replies, or a 451 for each of its recipients when it fails or takes too long. */
  async function inTime(part: Promise<Replies>, of: readonly Admitted[], from: Sender): Promise<Replies> {
    try {
      return await withDeadline(part, parts.commitDeadline);
    } catch (error) {
      log.notStored({ source: sourceOf(from), peer: from.visit.address }, error);
      const reply = toReply(error);
      return new Map(of.map(({ keyText }) => [keyText, reply]));
    }
  }

  return async (received, from, release) => {
    const { recipients } = from.visit;
    const distinct = [...new Map(recipients.map((to) => [to.keyText, to])).values()];
    const reports = distinct.filter((to) => to.kind === 'report');
    const others = distinct.filter((to) => to.kind === 'postmaster');
    const works = others.map((to) => ({ of: [to] as Admitted[], part: storeForPostmaster(received, from, to) }));
    if (reports.length > 0) works.push({ of: reports, part: commitReports(received, from, reports) });
    void Promise.allSettled(works.map(({ part }) => part)).then(release);
    const results = await Promise.all(works.map(({ of, part }) => inTime(part, of, from)));
    const replies = new Map(results.flatMap((result) => [...result]));
    return recipients.map(({ keyText }) => replies.get(keyText) ?? refusals.notStored);
  };
}

type Report = Extract<Admitted, { kind: 'report' }>;
type Replies = ReadonlyMap<string, string | Refusal>;

/** What `bouncemx inject` says hello with, on a Unix socket; an MTA that hands mail on gives a name of its own. */
const injectHelo = 'localhost';

function sourceOf({ visit, helo }: Sender): Arrival['source'] {
  if (visit.address === 'local' && helo === injectHelo) return 'inject';
  return visit.listener === 'lmtp' ? 'lmtp' : 'smtp';
}

function toArrival(received: Received, from: Sender, { forwardPath, bound, keyText }: Report): NewArrival {
  return {
    source: sourceOf(from),
    reversePath: from.reversePath,
    forwardPath,
    bound,
    peer: { address: from.visit.address, helo: from.helo, tls: from.tls, trusted: from.visit.trusted },
    arrivalKey: arrivalKey(keyText, received.digest),
    raw: received.raw,
    size: received.size,
    truncated: received.truncated,
  };
}
