import { writeFileSync } from 'node:fs';
import { reliabilityFile } from '../src/config/learned.ts';
import { consents, grounds, unfitted } from '../src/core/classify/confidence.ts';
writeFileSync(
  reliabilityFile,
  grounds.map((g) => `[${g}]\n${consents.map((c) => `${c} = ${unfitted[g][c]}`).join('\n')}\n`).join('\n'),
);
