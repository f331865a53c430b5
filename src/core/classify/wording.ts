/**
 * Alternatives in the texts of rules: `{account|mailbox} {is |}disabled` stands for four texts, and `{owner}` for the words that the
 * head of the file lists under this name. They are spelled out when rules are compiled, so that matching knows nothing of them.
 */

/** Lists of a file's `[words]` by name. */
export type Words = ReadonlyMap<string, readonly string[]>;

/** One text may stand for this many: more would be a mistake, and cost memory. */
const maxAlternatives = 4000;

const group = /\{([^{}]*)\}/;

/** All texts that `pattern` stands for, in the order of its alternatives; what is wrong is told, and then there are none. */
export function alternatives(pattern: string, words: Words, say: (text: string) => void): string[] {
  let texts = [''];
  // Split by a pattern with one group: plain text at even places, what stands in braces at odd ones.
  for (const [index, part] of pattern.split(group).entries()) {
    const options = index % 2 === 0 ? [part] : part.includes('|') ? part.split('|') : words.get(part);
    if (options === undefined) {
      say(`text '${pattern}': no [words] of this file are called '${part}'`);
      return [];
    }
    if (texts.length * options.length > maxAlternatives) {
      say(`text '${pattern}' stands for more than ${maxAlternatives} texts`);
      return [];
    }
    // An empty alternative leaves the spaces of both its sides.
    texts = texts.flatMap((head) =>
      options.map((option) => (head.endsWith(' ') ? head + option.trimStart() : head + option)),
    );
  }
  return texts;
}

const twoLetters: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' };

/** With each text that has letters which mail systems without accents write as two, the text so written. */
export function spellings(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const other = text.replaceAll(/[äöüåø]/g, (letter) => twoLetters[letter] ?? letter);
    return other === text ? [text] : [text, other];
  });
}
