/** Wordings in other languages than English; the tables were written before the rules were looked at, and read twice. */
import { describe, expect, it } from 'vitest';
import { loadShippedRules } from '../../../src/config/rules.ts';
import { classifyText } from '../../../src/core/classify/classify.ts';
import { japanese, korean, simplifiedChinese, traditionalChinese } from './languages/east-asian.ts';
import { dutch, german, nordic } from './languages/germanic.ts';
import { portuguese, spanish } from './languages/iberian.ts';
import { softOnly } from './languages/lookalikes.ts';
import { finnish, greek, hungarian, turkish } from './languages/others.ts';
import { french, italian, romanian } from './languages/romance.ts';
import { second } from './languages/second.ts';
import { czechoslovak, polish, russian, ukrainian } from './languages/slavic.ts';

const rules = loadShippedRules();
const tables = {
  german,
  dutch,
  nordic,
  french,
  italian,
  romanian,
  spanish,
  portuguese,
  polish,
  russian,
  ukrainian,
  czechoslovak,
  turkish,
  hungarian,
  finnish,
  greek,
  japanese,
  korean,
  simplifiedChinese,
  traditionalChinese,
  'a second table': second,
};

/** As mail systems write that know ASCII alone; of German umlauts the two letters. */
const unaccented = (text: string): string =>
  text
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ł', 'l')
    .replaceAll('ß', 'ss');

describe('wordings in other languages', () => {
  it.each(Object.entries(tables))('%s is understood as readers of the language understand it', (_, table) => {
    const wrong = table.flatMap(([text, ...accepted]) => {
      const { category, rule } = classifyText(text, rules);
      return category !== null && accepted.includes(category) ? [] : [{ text, accepted, category, rule }];
    });
    expect(wrong).toEqual([]);
  });

  it('are understood in decomposed letters, in capitals and without line ends just the same', () => {
    const wrong = Object.values(tables)
      .flat()
      .flatMap(([text, ...accepted]) =>
        [text.normalize('NFD'), text.toUpperCase(), text.replaceAll(' ', '\r\n ')].flatMap((form) => {
          const { category } = classifyText(form, rules);
          return category !== null && accepted.includes(category) ? [] : [form];
        }),
      );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['german', german],
    ['french', french],
    ['spanish', spanish],
    ['portuguese', portuguese],
    ['italian', italian],
    ['polish', polish],
    ['czechoslovak', czechoslovak],
  ])('%s loses nothing where accents are lost', (_, table) => {
    const wrong = table.flatMap(([text, ...accepted]) => {
      const { category } = classifyText(unaccented(text), rules);
      return category !== null && accepted.includes(category) ? [] : [{ text: unaccented(text), category }];
    });
    expect(wrong).toEqual([]);
  });

  it('about the sender, or about now, end in no hard bounce', () => {
    expect(softOnly.filter((text) => classifyText(text, rules).type === 'hard_bounce')).toEqual([]);
  });
});
