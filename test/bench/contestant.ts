/**
 * One contestant of `npm run bench -- parse`, in a process of its own: what another one left behind (compiled code, shapes of
 * objects, garbage) would slow it down. `node contestant.ts NAME SECONDS` tells items per CPU second.
 */
import { simpleParser, type SimpleParserOptions } from 'mailparser';
import { loadShippedRules } from '../../src/config/rules.ts';
import { classify, classifyText } from '../../src/core/classify/classify.ts';
import { readHeaders } from '../../src/core/mime-headers.ts';
import { scanMessage } from '../../src/core/mime.ts';
import { readMessage } from '../../src/core/report/read.ts';
import { loadDiagnostics, loadMessages } from './messages.ts';

interface Contestant {
  readonly items: number;
  pass(): unknown;
}

const whole = { truncated: false };
const conversionsOff: SimpleParserOptions = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
};

/** Kept so that no work can be optimised away. */
let kept = 0;

function over<T>(items: readonly T[], one: (item: T) => number): Contestant {
  return {
    items: items.length,
    pass: () => {
      for (const item of items) kept += one(item);
    },
  };
}

function simple(options: SimpleParserOptions): Contestant {
  const raws = loadMessages();
  return {
    items: raws.length,
    pass: async () => {
      for (const raw of raws) kept += (await simpleParser(raw, options)).attachments.length;
    },
  };
}

/** Reading and classifying a message, as the pipeline does it. */
export function reader(): (raw: Buffer) => number {
  const rules = loadShippedRules();
  return (raw) => {
    let sum = 0;
    for (const report of readMessage(raw, whole).reports) sum += classify(report, rules).confidence;
    return sum;
  };
}

function reports(): readonly ReturnType<typeof readMessage>['reports'][] {
  return loadMessages().map((raw) => readMessage(raw, whole).reports);
}

const contestants: Readonly<Record<string, () => Contestant>> = {
  'read + classify': () => over(loadMessages(), reader()),
  'simpleParser, conversions off': () => simple(conversionsOff),
  'simpleParser as it comes': () => simple({}),
  headers: () =>
    over(
      loadMessages().map((raw) => raw.toString('latin1')),
      (text) => readHeaders(text, 0).bodyStart,
    ),
  scan: () => over(loadMessages(), (raw) => scanMessage(raw).parts.length),
  read: () => over(loadMessages(), (raw) => readMessage(raw, whole).recipientCount),
  classify: () => {
    const rules = loadShippedRules();
    return over(reports(), (mail) => mail.reduce((sum, report) => sum + classify(report, rules).confidence, 0));
  },
  diagnostics: () => {
    const rules = loadShippedRules();
    return over(loadDiagnostics(), (text) => classifyText(text, rules).confidence);
  },
};

/** CPU seconds of all threads, the garbage collector's too: nothing is hidden on the other core. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Items per CPU second: whole passes until so many seconds of work are done. */
async function rate(contestant: Contestant, seconds: number): Promise<number> {
  const began = cpu();
  let passes = 0;
  while (cpu() - began < seconds) {
    await contestant.pass();
    passes += 1;
  }
  return (passes * contestant.items) / (cpu() - began);
}

if (import.meta.main) {
  const [, , name = '', seconds = '2'] = process.argv;
  const make = contestants[name];
  if (make === undefined) throw new Error(`contestants are ${Object.keys(contestants).join(', ')}`);
  const contestant = make();
  // What warms up is not counted: the compiler goes on for many seconds, and a daemon for many days.
  await rate(contestant, 3 * Number(seconds));
  console.log(await rate(contestant, Number(seconds)));
  if (Number.isNaN(kept)) throw new Error('nothing was read');
}
