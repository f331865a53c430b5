/**
 * `npm run evaluate -- [--leave-out] [--misses N] [--metric M] [--families N]`: how well reports are read and understood, measured on
 * the published bounces in ../shared/corpus (docs/evaluation.md says what each figure means). Without them it says so and ends well.
 */
import { parseArgs } from 'node:util';
import { loadLearned } from '../src/config/learned.ts';
import { crossValidated, heldOut } from './evaluation/calibration.ts';
import { corpusIsHere, diagnosticCases, independent, mailCases, type Case } from './evaluation/corpus.ts';
import { falseHard, leaveOut, shareRight, Switchboard, type Grain, type Group } from './evaluation/leave-out.ts';
import { reliabilityTable } from './evaluation/reliability.ts';
import { diagnosticPage, mailPage, mailScore, type Verdicts } from './evaluation/scorer.ts';

const measures: readonly (readonly [name: string, group: Group, grain: Grain])[] = [
  ['rules, file by file', 'origin', 'rule'],
  ['rules, family by family', 'family', 'rule'],
  ['words, file by file', 'origin', 'words'],
  ['words, family by family', 'family', 'words'],
];

async function evaluate(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'leave-out': { type: 'boolean', default: false },
      misses: { type: 'string', default: '0' },
      metric: { type: 'string' },
      families: { type: 'string', default: '12' },
    },
  });
  const learned = loadLearned();
  const mail = await mailCases();
  const diagnostics = diagnosticCases();
  const board = new Switchboard(learned);
  const overMail = judged(mail, board);
  const overDiagnostics = judged(diagnostics, board);
  console.log('MESSAGES');
  console.log(mailPage(overMail, values.misses, values.families, values.metric));
  console.log('DIAGNOSTICS');
  console.log(diagnosticPage(overDiagnostics, values.misses));
  const texts = independent(mail, diagnostics);
  console.log('RELIABILITY, held out family by family, stated by a table fitted to other files');
  console.log(reliabilityTable(crossValidated(heldOut(texts, [...mail, ...diagnostics], learned))));
  console.log('\nRELIABILITY, all rules on');
  console.log(reliabilityTable(judged(texts, board)));
  if (!values['leave-out']) return;

  for (const weights of [learned.weights, null]) {
    const title = `LEAVE-OUT, ${weights === null ? 'without' : 'with'} the model`;
    console.log(
      `\n${title.padEnd(29)}   off  index     F1   type    cat    dsn   smtp   hard  false hard  diagnostics`,
    );
    const own = new Switchboard({ ...learned, weights });
    row('nothing off', 0, judged(mail, own), judged(diagnostics, own));
    for (const [name, group, grain] of measures) {
      const held = leaveOut(mail, mail, own, group, grain);
      const heldDiagnostics = leaveOut(diagnostics, [...mail, ...diagnostics], own, group, grain);
      row(name, held.off, held.verdicts, heldDiagnostics.verdicts);
    }
  }
}

function judged(cases: readonly Case[], { all }: Switchboard): Verdicts {
  return cases.map((each) => [each, each.judge(all)] as const);
}

function row(name: string, off: number, mail: Verdicts, diagnostics: Verdicts): void {
  const { index, F1, type, category, dsn, smtp, hard } = mailScore(mail);
  const figures = [index, F1, type, category, dsn, smtp, hard].map((share) => (100 * share).toFixed(1).padStart(7));
  const wrong = String(falseHard([...mail, ...diagnostics])).padStart(12);
  console.log(
    `${name.padEnd(29)}${String(off).padStart(6)}${figures.join('')}${wrong}${shareRight(diagnostics).toFixed(1).padStart(13)}`,
  );
}

if (corpusIsHere) await evaluate();
else console.log('evaluate: skipped, ../shared/corpus is not here');
