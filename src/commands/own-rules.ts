/** Rules for commands that work without a daemon: the shipped ones, and those of a folder before them where one is named. */
import { loadAllRules } from '../config/rules.ts';
import type { RuleSet } from '../core/classify/rule-set.ts';
import { CommandFailure, exit } from './command.ts';
import { printable } from './table.ts';

/** For `parseArgs`, and its line on the help page. */
export const rulesOption = { rules: { type: 'string', default: '' } } as const;
export const rulesHelp =
  '  --rules FOLDER   rules of your own, asked before the shipped ones, such as /etc/bouncemx/rules.d\n';

/**
 * @param folder '' for none.
 * @throws CommandFailure 78 with every problem.
 */
export async function rulesWith(folder: string): Promise<RuleSet> {
  const loaded = await loadAllRules(folder);
  if (!loaded.ok) throw new CommandFailure(exit.configuration, loaded.problems.map(printable).join('\n'));
  return loaded.rules;
}
