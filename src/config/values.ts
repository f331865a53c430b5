/**
 * One value of the configuration: from what TOML or the environment gave to what the program uses (milliseconds, octets),
 * or what would have been right. Values are bounded by their option.
 */
import type { Option } from './options.ts';

export type Value = string | number | boolean | readonly string[] | readonly number[];
export type ReadValue =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly expected: string };

const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const octets: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
};
const longestText = 4096;
const longestList = 1000;

/** '90s' → 90000. Null where it is no duration with a unit. */
export function parseDuration(text: string): number | null {
  return withUnit(text, milliseconds);
}

/** '25MiB' → 26214400. Null where it is no size with a unit. */
export function parseSize(text: string): number | null {
  return withUnit(text, octets);
}

/** 90000 → '90s', 86400000 → '1d': the greatest unit that fits without a rest. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const each = milliseconds[unit] ?? 1;
    if (ms >= each && ms % each === 0) return `${ms / each}${unit}`;
  }
  return `${ms}ms`;
}

function withUnit(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Z]{1,3})$/i.exec(text.trim());
  const unit = units[match?.[2] ?? ''];
  if (match === null || unit === undefined) return null;
  const value = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(value) ? value : null;
}

/** A value as TOML gave it. */
export function readValue(option: Option<unknown>, given: unknown): ReadValue {
  switch (option.kind) {
    case 'string':
    case 'path':
      if (typeof given !== 'string') return { ok: false, expected: 'a text in quotes' };
      return plain(given) ? { ok: true, value: given } : { ok: false, expected: 'a text without control characters' };
    case 'boolean':
      return typeof given === 'boolean' ? { ok: true, value: given } : { ok: false, expected: 'true or false' };
    case 'enum': {
      const words = option.words ?? [];
      if (typeof given === 'string' && words.includes(given)) return { ok: true, value: given };
      return { ok: false, expected: `one of ${words.map((word) => `'${word}'`).join(', ')}` };
    }
    case 'strings': {
      const expected = "a list of texts, such as ['one', 'two']";
      if (!Array.isArray(given)) return { ok: false, expected };
      if (given.length > longestList) return { ok: false, expected: `at most ${longestList} entries` };
      const texts = given.filter((entry) => typeof entry === 'string' && entry !== '' && plain(entry));
      return texts.length === given.length ? { ok: true, value: texts as string[] } : { ok: false, expected };
    }
    case 'durations': {
      const expected = "a list of durations with their unit, such as ['30m', '2h']";
      if (!Array.isArray(given) || given.length > longestList) return { ok: false, expected };
      const waits = given.map((entry: unknown) => (typeof entry === 'string' ? parseDuration(entry) : null));
      const whole = waits.filter((wait) => wait !== null);
      return whole.length === waits.length ? { ok: true, value: whole } : { ok: false, expected };
    }
    case 'integer':
      return within(option, Number.isSafeInteger(given) ? (given as number) : null, 'a whole number', String);
    case 'number':
      return within(option, Number.isFinite(given) ? (given as number) : null, 'a number', String);
    case 'duration':
      return within(
        option,
        typeof given === 'string' ? parseDuration(given) : null,
        "a duration with its unit (ms, s, m, h, d), such as '10m'",
        formatDuration,
      );
    case 'size':
      return within(
        option,
        typeof given === 'string' ? parseSize(given) : null,
        "a size with its unit (B, KB, KiB, MB, MiB, GB, GiB), such as '25MiB'",
        (value) => `${value}B`,
      );
  }
}

/** A value as the environment gave it: text for every kind, lists with commas. */
export function readText(option: Option<unknown>, text: string): ReadValue {
  switch (option.kind) {
    case 'boolean':
      return readValue(option, text === 'true' ? true : text === 'false' ? false : text);
    case 'integer':
    case 'number':
      return readValue(option, /^-?\d{1,16}(?:\.\d{1,6})?$/.test(text) ? Number(text) : text);
    case 'strings':
    case 'durations': {
      const entries = text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
      const read = readValue(option, entries);
      return read.ok ? read : { ok: false, expected: 'texts with commas between them' };
    }
    case 'string':
    case 'path':
    case 'enum':
    case 'duration':
    case 'size':
      return readValue(option, text);
  }
}

function plain(text: string): boolean {
  return text.length <= longestText && text.isWellFormed() && !/[\0-\x1f\x7f]/.test(text);
}

function within(
  option: Option<unknown>,
  value: number | null,
  kind: string,
  show: (value: number) => string,
): ReadValue {
  const { min, max } = option;
  const fits = value !== null && (min === undefined || value >= min) && (max === undefined || value <= max);
  if (fits) return { ok: true, value };
  const range = [
    ...(min === undefined ? [] : [`at least ${show(min)}`]),
    ...(max === undefined ? [] : [`at most ${show(max)}`]),
  ];
  return { ok: false, expected: [kind, ...range].join(', ') };
}
