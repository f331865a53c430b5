/** Training sentences: every template several times, most within what mail servers write around them, some with words left out. */
import type { Category } from '../../src/core/classify/categories.ts';
import { abroad } from './abroad.ts';
import { asian } from './asian.ts';
import { englishMore } from './english-more.ts';
import { english } from './english.ts';
import { european } from './european.ts';
import type { Sample } from './learn.ts';
import { pick, sentence, type Draw, type Phrases } from './phrases.ts';
import { silence } from './silence.ts';
import { slavic } from './slavic.ts';
import { wrappers } from './wrappers.ts';

const languages: readonly Phrases[] = [english, englishMore, silence, ...european, ...slavic, ...asian, ...abroad];
/** Sentences of one category in one language, about; and of one template at least. */
const perCategory = 900;
const perTemplate = 30;
const maxPerTemplate = 120;
/** Words that nobody has ever written. */
const inventions = 1200;

export function samples(draw: Draw): Sample[] {
  const silent = english.unknown ?? [];
  const written = languages.flatMap((phrases) =>
    (Object.entries(phrases) as [Category, readonly string[]][]).flatMap(([category, templates]) =>
      templates.flatMap((template) => {
        const times = Math.min(maxPerTemplate, Math.max(perTemplate, Math.ceil(perCategory / templates.length)));
        return Array.from({ length: times }, (): Sample => {
          let text = thinned(sentence(template, draw), draw);
          if (draw() < 0.1) text = `${sentence(pick(silent, draw), draw)}. ${text}`;
          if (draw() < 0.1) text = `${text}. ${sentence(pick(silent, draw), draw)}`;
          if (draw() < 0.4) text = sentence(pick(wrappers, draw), draw).replace('~', () => text);
          return { text, category };
        });
      }),
    ),
  );
  return [
    ...written,
    ...Array.from({ length: inventions }, (): Sample => ({ text: invented(draw), category: 'unknown' })),
  ];
}

/** One to three words of random letters: what the model has not met says nothing. */
function invented(draw: Draw): string {
  const letter = (): string => String.fromCharCode(97 + Math.floor(draw() * 26));
  const word = (): string => Array.from({ length: 2 + Math.floor(draw() * 7) }, letter).join('');
  return Array.from({ length: 1 + Math.floor(draw() * 3) }, word).join(' ');
}

/** One word in ten goes: no single word may carry everything. */
function thinned(text: string, draw: Draw): string {
  const words = text.split(' ');
  return words.length < 4 ? text : words.filter(() => draw() > 0.1).join(' ');
}
