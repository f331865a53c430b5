/**
 * The one place of regular expressions that people write: re2js, whose time is linear in the text for any expression. What is left
 * to bound is the expression: its length and the size of its program; and what they all cost a text: the steps of all programs
 * together, times the beginning of the text that they see. One mail brings up to 100 such texts, one request 1,000.
 */
import { RE2JS } from 're2js';
import type { CompilePattern, Pattern } from '../core/classify/rule.ts';

const longest = 500;
/** Instructions of one expression, and of all. */
const largest = 500;
const largestTogether = 1000;
/** Of a folded text, in UTF-16 units: the words that an expression is written for stand in its first sentences. */
const seen = 1024;
/** Capitals of the syntax: escapes (`\S`, `\pL`, `\p{Greek}`), names of groups, flags. */
const syntax = /\\[pP]\{[^}]*\}|\\[pP]?.|\(\?[^:=!)]*[:)]|\(\?P?<\w*>/g;

/** A compiler for one set of rules. */
export function createPatternCompiler(): CompilePattern {
  let together = 0;
  return (source) => {
    if (source.length > longest) return refused(`is longer than ${longest} characters`);
    if (/[A-Z]/.test(source.replace(syntax, ''))) return refused('has capitals: it is looked for in lower case');
    let compiled: RE2JS;
    try {
      compiled = RE2JS.compile(source);
    } catch (error) {
      return refused(`is none: ${reasonOf(error)}`);
    }
    const size = compiled.programSize();
    if (size > largest) return refused(`is too large: ${size} steps of at most ${largest}`);
    together += size;
    if (together > largestTogether)
      return refused(`is one too many: all together have more than ${largestTogether} steps`);
    if (compiled.matcher('').find()) return refused('matches nothing at all: it would hold for every text');
    return { ok: true, pattern: patternOf(source, compiled) };
  };
}

function refused(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

function patternOf(source: string, compiled: RE2JS): Pattern {
  return {
    source,
    find(text) {
      const matcher = compiled.matcher(text.slice(0, seen));
      if (!matcher.find()) return null;
      const span = { start: matcher.start(), end: matcher.end() };
      return span.end > span.start ? span : null;
    },
  };
}

/** Its own words, without the expression that they repeat. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^error parsing regexp: /, '').slice(0, 120);
}
