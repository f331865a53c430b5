/** What the sender is given. */
import type { Options } from '../config/options.ts';
import type { RelaySettings } from '../config/relays.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { KeyRing } from '../core/verp/index.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Db } from '../store/db.ts';

export interface SenderParts {
  readonly db: Db;
  readonly options: Options;
  readonly relays: readonly RelaySettings[];
  /** Our name in EHLO. */
  readonly hostname: string;
  readonly ring: () => KeyRing;
  readonly rules: () => RuleSet;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** 0…1. */
  readonly random: () => number;
}
