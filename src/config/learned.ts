/**
 * What was learned and is shipped beside the rules: config/model.json (`npm run train`) and config/reliability.toml
 * (`npm run calibrate`). They are generated, so a flaw in them is a broken installation and an Error.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { isCategory } from '../core/classify/categories.ts';
import { consents, grounds, type Consent, type Ground, type Reliability } from '../core/classify/confidence.ts';
import type { Weights } from '../core/classify/model.ts';
import type { Learned } from '../core/classify/rule-set.ts';

export const modelFile = new URL('../../config/model.json', import.meta.url);
export const reliabilityFile = new URL('../../config/reliability.toml', import.meta.url);

let loaded: Learned | null = null;

/** Both files, read once for each process. */
export function loadLearned(): Learned {
  loaded ??= {
    weights: parseWeights(readFileSync(modelFile, 'utf8')),
    reliability: parseReliability(readFileSync(reliabilityFile, 'utf8')),
  };
  return loaded;
}

/** Throws where sizes and names do not fit each other. */
export function parseWeights(text: string): Weights {
  const { classes, buckets, bias, scale, values } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const bytes = typeof values === 'string' ? Buffer.from(values, 'base64') : null;
  if (
    bytes === null ||
    typeof buckets !== 'number' ||
    (buckets & (buckets - 1)) !== 0 ||
    typeof scale !== 'number' ||
    !isListOf(classes, (each) => typeof each === 'string' && isCategory(each)) ||
    !isListOf(bias, (each) => typeof each === 'number') ||
    bias.length !== classes.length ||
    bytes.length !== buckets * classes.length
  )
    throw new Error('config/model.json is damaged: npm run train makes it anew');
  return {
    classes: classes as Weights['classes'],
    buckets,
    bias: bias as Weights['bias'],
    scale,
    values: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  };
}

function isListOf(value: unknown, fits: (each: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(fits);
}

/** Throws where a share is missing or none. */
export function parseReliability(text: string): Reliability {
  const table = parse(text);
  const share = (ground: Ground, consent: Consent): number => {
    const row = table[ground];
    const value =
      typeof row === 'object' && consent in row ? (row as Readonly<Record<string, unknown>>)[consent] : null;
    if (typeof value !== 'number' || value < 0 || value > 1)
      throw new Error(`config/reliability.toml: [${ground}] ${consent} is a share from 0 to 1`);
    return value;
  };
  return Object.fromEntries(
    grounds.map((ground) => [
      ground,
      Object.fromEntries(consents.map((consent) => [consent, share(ground, consent)])) as Record<Consent, number>,
    ]),
  ) as Record<Ground, Record<Consent, number>>;
}
