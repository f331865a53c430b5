/**
 * `npm run evaluate -- [--leave-out] [--misses N] [--metric M] [--families N]`: how well reports are read and understood, measured on
 * the published bounces in ../shared/corpus (docs/evaluation.md says what each figure means). Without them it says so and ends well.
 */
import { parseArgs } from 'node:util';
import { corpusIsHere, diagnosticCases, independent, mailCases } from './evaluation/corpus.ts';
import { leaveOut, shareRight, Switchboard, type Grain, type Group } from './evaluation/leave-out.ts';
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
  const board = new Switchboard();
  const mail = await mailCases();
  const diagnostics = diagnosticCases();
  const overMail = mail.map((each) => [each, each.judge(board.all)] as const);
  const overDiagnostics = diagnostics.map((each) => [each, each.judge(board.all)] as const);
  console.log('MESSAGES');
  console.log(mailPage(overMail, values.misses, values.families, values.metric));
  console.log('DIAGNOSTICS');
  console.log(diagnosticPage(overDiagnostics, values.misses));
  console.log('RELIABILITY, all rules on');
  const texts = new Set(independent(mail, diagnostics));
  console.log(reliabilityTable([...overMail, ...overDiagnostics].filter(([each]) => texts.has(each))));
  if (!values['leave-out']) return;

  console.log(
    '\nLEAVE-OUT (percent)'.padEnd(30) + '   off  index     F1   type    cat    dsn   smtp   hard    diagnostics',
  );
  row('nothing', 0, overMail, overDiagnostics);
  for (const [name, group, grain] of measures) {
    const held = leaveOut(mail, mail, board, group, grain);
    const heldDiagnostics = leaveOut(diagnostics, [...mail, ...diagnostics], board, group, grain);
    row(name, held.off, held.verdicts, heldDiagnostics.verdicts);
  }
}

function row(name: string, off: number, mail: Verdicts, diagnostics: Verdicts): void {
  const { index, F1, type, category, dsn, smtp, hard } = mailScore(mail);
  const figures = [index, F1, type, category, dsn, smtp, hard].map((share) => (100 * share).toFixed(1).padStart(7));
  console.log(
    `${name.padEnd(29)}${String(off).padStart(6)}${figures.join('')}${shareRight(diagnostics).toFixed(1).padStart(15)}`,
  );
}

if (corpusIsHere) await evaluate();
else console.log('evaluate: skipped, ../shared/corpus is not here');
