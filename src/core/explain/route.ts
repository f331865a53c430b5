/**
 * The way of a mail from host to host, as its Received fields tell it (RFC 5321 §4.4). They are claims of the hosts that wrote
 * them, and nothing follows from them. At most 50 hops, each of 1,000 characters.
 */
import { cleanText } from '../clean-text.ts';
import { headers, type HeaderBlock } from '../mime-headers.ts';
import { readDate } from '../report/date.ts';

/** One handing over. Names as they are written, with the address that stands in brackets behind. */
export interface Hop {
  readonly from: string | null;
  readonly by: string | null;
  /** `ESMTPS` and the like. */
  readonly with: string | null;
  readonly for: string | null;
  readonly at: Date | null;
  /** Seconds since the hop before; below 0 where clocks differ. Null where either has no date. */
  readonly seconds: number | null;
}

const maxHops = 50;
const maxField = 1000;
const maxWord = 255;
const clauses = new Set(['from', 'by', 'via', 'with', 'id', 'for']);

/** The hops, first to last: a host writes its own on top. */
export function routeOf(block: HeaderBlock): Hop[] {
  const hops: Hop[] = [];
  for (const field of headers(block, 'received').slice(0, maxHops).reverse()) {
    const hop = readHop(field.slice(0, maxField));
    const before = hops.findLast(({ at }) => at !== null)?.at ?? null;
    const seconds = hop.at === null || before === null ? null : (hop.at.getTime() - before.getTime()) / 1000;
    hops.push({ ...hop, seconds });
  }
  return hops;
}

function readHop(field: string): Omit<Hop, 'seconds'> {
  const semicolon = field.lastIndexOf(';');
  const found = new Map<string, string>();
  let clause = '';
  let depth = 0;
  for (const word of (semicolon < 0 ? field : field.slice(0, semicolon)).split(/\s+/u)) {
    const name = word.toLowerCase();
    if (depth === 0 && clauses.has(name) && !found.has(name)) clause = name;
    else if (clause !== '' && (!found.has(clause) || (clause === 'from' && (depth > 0 || word.startsWith('(')))))
      found.set(clause, `${found.get(clause) ?? ''} ${word}`);
    depth += count(word, '(') - count(word, ')');
  }
  const get = (name: string): string | null => cleanText(found.get(name) ?? '', maxWord) || null;
  return {
    from: get('from'),
    by: get('by'),
    with: get('with'),
    for: get('for'),
    at: semicolon < 0 ? null : readDate(field.slice(semicolon + 1)),
  };
}

function count(word: string, mark: string): number {
  return word.split(mark).length - 1;
}
