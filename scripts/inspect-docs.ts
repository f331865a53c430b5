/**
 * docs/inspect.md: the page of `bouncemx inspect` for ten typical mails (test/fixtures/inspect), as it really prints it. Written by
 * `npm run docs`; test/docs.test.ts holds the file to this, so that the page cannot tell of rules that are no more.
 */
import { readFileSync } from 'node:fs';
import { inspectPage } from '../src/commands/inspect-page.ts';
import { loadOptions } from '../src/config/load.ts';
import { loadShippedRules } from '../src/config/rules.ts';
import { explainMessage } from '../src/core/explain/explain.ts';
import { scanMessage } from '../src/core/mime.ts';
import { readScanned } from '../src/core/report/read.ts';

const mails: readonly (readonly [file: string, head: string, about: string])[] = [
  [
    '01-postfix-no-such-user',
    'Postfix: no such user',
    'The commonest report there is. The receiver’s words decide; its code says the same. Several rules know some of the words; the first in the order of files wins.',
  ],
  [
    '02-exim',
    'Exim: a mailbox that was disabled',
    'Exim writes no status fields: everything is read from its words. Such a report acts only where it came from the null reverse-path, as all real ones do.',
  ],
  ['03-qmail', 'qmail: failure notice', 'Words again, in the form that qmail has had since 1996.'],
  [
    '04-exchange-access-denied',
    'Exchange Online: 5.4.1 Access denied',
    'The code alone would be a network fault, and “Access denied” a policy. Of this receiver both together mean that the directory knows no such recipient.',
  ],
  [
    '05-gmail-over-quota',
    'Gmail: over quota',
    'Permanent by its code, and still a matter of waiting: the recipient rests and is not removed.',
  ],
  [
    '06-yahoo-deferral',
    'Yahoo: deferred because of complaints',
    'Said before any recipient was named: it is about the sender, and no recipient is touched.',
  ],
  [
    '07-spamhaus',
    'A block list',
    'The list is named, so that somebody knows where to ask. The code 5.7.1 says only “policy”.',
  ],
  [
    '08-delay',
    'A delay',
    'The MTA still tries. The rules are asked for the reason, which is shown; nothing follows from it.',
  ],
  [
    '09-complaint',
    'A complaint (ARF)',
    'A field of the feedback report decides; no rule is asked. The person wants no more mail.',
  ],
  ['10-vacation', 'A vacation reply', 'A header decides. The mail has arrived, and nothing follows.'],
];

export function inspectDocs(): string {
  const loaded = loadOptions({ file: '/dev/null', env: {} });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const assumed = { bound: null, policy: loaded.options.policy, now: new Date(0) };
  const rules = loadShippedRules();
  const lines = [
    '# Why was it decided so?',
    '',
    '*The examples are printed by the program: `npm run docs`.*',
    '',
    '`bouncemx inspect` explains one mail: `bouncemx inspect report.eml`, or `… < report.eml`. It needs no daemon and changes nothing.',
    'The page has, from top to bottom:',
    '',
    '- **Route**: the Received fields of the report and of the returned mail, first host on top, with the time between them. Hosts write',
    '  them themselves; nothing follows from them.',
    '- **Parts**: numbered as IMAP does, with what each was read for. A returned mail is never taken for the report.',
    '- **Says**: each value with the part and line where it stands, and the line and octet of the whole mail where the part is not encoded.',
    '- **Rules**: every rule whose words the diagnostic holds, in the order in which they are asked. *holds first* decides; *holds, later*',
    '  would have decided without the ones before it; *no:* names the condition that is not met (*not in this phase*: no recipient had been',
    '  named yet, so nothing said there is a hard bounce).',
    '- **Codes alone**: what the status and the reply code would have said without words. They decide where no rule knows the words.',
    '- **The verdict**: the text with »the words that decided« marked, or the field or header that did; the rule and its file; what it means.',
    '- **Would do**: what the policy does for a recipient without a history. With `--to RETURN-PATH` it is the one that this address proves;',
    '  without, whoever the report names is taken for proved.',
    '',
    '`bouncemx inspect --json` and [`POST /v1/inspect`](api.md) give the same as data: `message`, `route`, `returnedRoute`, `parts`,',
    '`reports[]` with `report`, `recipient`, `places`, `candidates`, `codes`, `verdict`, `wouldFollow`, and `rulesVersion`; the API’s page',
    'lists every field. The command adds `proof`. Fields may be added, and are not renamed.',
    '',
    '`verdict.evidence` says what decided: `field`, `text`, `start`, `end` (offsets in that field’s value, UTF-16 units). The field is',
    '`diagnosticCode` nearly always; another field of the report where a code, a phase or the action decided; `header:subject` and the',
    'like, or `text` (the words for people), where the kind of the mail did. Every verdict that acts has one; `kind/none` has none, since',
    'nothing was found.',
    '',
  ];
  for (const [file, head, about] of mails) {
    const raw = readFileSync(new URL(`../test/fixtures/inspect/${file}.eml`, import.meta.url));
    const message = scanMessage(raw);
    const read = readScanned(message, { truncated: false });
    const page = inspectPage(explainMessage(message, read, raw.length, rules, assumed));
    // A rule moves in its file whenever one is added above it.
    const steady = page.replaceAll(/\.toml:\d+\)/gu, '.toml)');
    lines.push(
      `## ${head}`,
      '',
      about,
      '',
      '```',
      `$ bouncemx inspect test/fixtures/inspect/${file}.eml`,
      steady.trimEnd(),
      '```',
      '',
    );
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
