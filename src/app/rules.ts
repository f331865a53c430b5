/** The rules in use: shipped and the operator's. What can't be used at a reload changes nothing and is told, by log and by metric. */
import { loadAllRules, loadRules, loadShippedRules, shippedRulesFolder, type LoadedRules } from '../config/rules.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { StartFailure } from './start-failure.ts';

/** A broken file rarely has more that is worth reading, and each is a line of the log. */
const mostTold = 20;

export interface RunningRules {
  readonly current: () => RuleSet;
  /** Both folders again. Never rejects. */
  reload(): Promise<void>;
}

/** @param folder operators' rules. Rejects with StartFailure where they can't be used: every problem, a line each. */
export async function startRules(folder: string, log: Log, metrics: Metrics): Promise<RunningRules> {
  const first = await loadAllRules(folder);
  if (!first.ok) throw new StartFailure('configuration', first.problems.join('\n'));
  let rules = first.rules;
  const tell = (shipped: RuleSet): void => {
    metrics.rules.set({ origin: 'shipped' }, shipped.rules.length);
    metrics.rules.set({ origin: 'operator' }, rules.rules.length - shipped.rules.length);
  };
  tell(loadShippedRules());
  return {
    current: () => rules,
    async reload() {
      let fresh: LoadedRules;
      try {
        const shipped = loadRules(shippedRulesFolder);
        fresh = shipped.ok ? await loadAllRules(folder, shipped.rules) : shipped;
        if (fresh.ok && shipped.ok) {
          rules = fresh.rules;
          tell(shipped.rules);
          log.reloaded('rules');
        }
      } catch (error) {
        fresh = { ok: false, problems: [error instanceof Error ? error.message : String(error)] };
      }
      metrics.reloadSuccessful.set({ what: 'rules' }, fresh.ok ? 1 : 0);
      if (fresh.ok) return;
      for (const problem of fresh.problems.slice(0, mostTold)) log.reloadFailed('rules', new Error(problem));
    },
  };
}
