/** Dates as reports write them: RFC 5322 §3.3 first, then what else is met. */

const zone = /[+-]\d{4}|\b(?:gmt|utc?|z|[ecmp][sd]t)\b|\dz$/iu;
/** What stands behind the time: a zone, and its name in brackets. */
const numericZone = /^ [+-](?:0\d|1[0-4])[0-5]\d(?: \([^()]{0,40}\))?$/u;
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** Two digits; NaN where they are none. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** `Mon, 23 Nov 2026 10:20:30 +0100 (CET)`, as RFC 5322 has it and nearly everybody sends it: milliseconds; NaN for all else. */
function fullDate(text: string): number {
  const start = text.charCodeAt(3) === 0x2c ? 5 : 0;
  const short = text.charCodeAt(start + 1) === 0x20;
  // Where the day would begin if it had two digits.
  const from = short ? start - 1 : start;
  if (!punctuated(text, from) || (start > 0 && !/^[A-Z][a-z]{2}, /u.test(text))) return NaN;
  const day = short ? '0123456789'.indexOf(text.charAt(start)) : digits(text, from);
  const month = months.indexOf(text.slice(from + 3, from + 6)) / 3;
  const year = digits(text, from + 7) * 100 + digits(text, from + 9);
  const [hour, minute, second] = [digits(text, from + 12), digits(text, from + 15), digits(text, from + 18)];
  // What is out of its range is left to who knows calendars.
  const inRange = day >= 1 && day <= 28 && year >= 2000 && year < 2100 && hour < 24 && minute < 60 && second < 60;
  if (!inRange || month < 0 || !Number.isInteger(month) || !numericZone.test(text.slice(from + 20))) return NaN;
  const ahead = (digits(text, from + 22) * 60 + digits(text, from + 24)) * 60_000;
  const local = Date.UTC(year, month, day, hour, minute, second);
  return text.charCodeAt(from + 21) === 0x2d ? local + ahead : local - ahead;
}

/** Spaces and colons where a full date has them. */
function punctuated(text: string, from: number): boolean {
  return (
    text.charCodeAt(from + 2) === 0x20 &&
    text.charCodeAt(from + 6) === 0x20 &&
    text.charCodeAt(from + 11) === 0x20 &&
    text.charCodeAt(from + 14) === 0x3a &&
    text.charCodeAt(from + 17) === 0x3a
  );
}

/** A date of RFC 5322 or what MTAs write instead; without a zone it is UTC; null where it is none or absurd. */
export function readDate(value: string | undefined): Date | null {
  if (value === undefined || value.length > 100) return null;
  const full = fullDate(value);
  if (!Number.isNaN(full)) return new Date(full);
  const text = value.replace(/\([^()]{0,40}\)/gu, '').trim();
  // Date.parse makes a date of nearly anything that holds a number.
  if (!/\d{4}/u.test(text) || !/\d:\d\d/u.test(text)) return null;
  const time = Date.parse(zone.test(text) ? text : `${text} +0000`);
  return time > 0 && time < 4_102_444_800_000 ? new Date(time) : null;
}
