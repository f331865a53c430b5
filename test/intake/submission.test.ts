import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreError, type Db } from '../../src/store/db.ts';
import { seedSuppression } from '../http/rows.ts';
import { greeted, mail, relay, submit, testSubmission, type TestSubmission } from './submission-setup.ts';

const open: TestSubmission[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((on) => on.close()));
});
async function started(...changes: Parameters<typeof testSubmission>): Promise<TestSubmission> {
  const on = await testSubmission(...changes);
  open.push(on);
  return on;
}

describe('a message', () => {
  let on: TestSubmission;
  beforeAll(async () => {
    on = await testSubmission();
    await seedSuppression(on.database.db, 'gone@example.org', new Date());
  });
  afterAll(() => on.close());

  it('becomes a dispatch for each recipient, and is acknowledged with its id', async () => {
    const content = mail.replace(
      'Subject',
      'BCC: secret@example.org\r\nList-Unsubscribe: <https://shop.test/u>\r\nSubject',
    );
    const reply = await submit(await greeted(on), content, ['Ada@Example.org', 'bob@example.org', 'BOB@example.org']);
    const id = /^250 2\.0\.0 Taken as ([\da-f-]{36})$/.exec(reply)?.[1];
    const rows = await on.database.db.query(
      `select recipient, recipient_original, state, m.envelope_sender, m.submitter, m.origin, m.sending_domain
       from dispatches d join messages m on m.id = d.message where m.id = $1 order by recipient`,
      [id ?? null],
    );
    const common = {
      state: 'queued',
      envelope_sender: 'app@internal.test',
      submitter: 'network:127.0.0.1',
      origin: 'submission',
      sending_domain: 'shop.test',
    };
    expect(rows).toEqual([
      { recipient: 'ada@example.org', recipient_original: 'Ada@example.org', ...common },
      { recipient: 'bob@example.org', recipient_original: 'BOB@example.org', ...common },
    ]);
    const [raw] = await on.database.db.query<{ body: Buffer }>('select body from message_raws where message = $1', [
      id ?? null,
    ]);
    expect(raw?.body.toString()).toContain('List-Unsubscribe: <https://shop.test/u>\r\n');
    expect(raw?.body.toString()).not.toMatch(/secret|bcc/i);
    expect(on.woken()).toBe(1);
  });

  it('goes to the recipients that can be mailed; each other one hears why at RCPT', async () => {
    const client = await greeted(on);
    await client.command('MAIL FROM:<>');
    expect(await client.command('RCPT TO:<gone@example.org>')).toMatch(
      /^550 5\.7\.1 Suppressed \(hard_bounce \w+ since \d{4}-\d\d-\d\d\); 'bouncemx suppressions lift' allows mail to it again$/,
    );
    for (const bad of [
      'nobody',
      'a,b@example.org',
      '"a b"@example.org',
      'a@[192.0.2.1]',
      'a@b..test',
      'a@-x.test',
      `${'a'.repeat(65)}@b.test`,
    ])
      expect(await client.command(`RCPT TO:<${bad}>`), bad).toMatch(/^55[03] 5\.1\.3 /);
    for (const bad of ['@relay.test:a@example.org', 'a@b.test>,<c@d.test'])
      expect(await client.command(`RCPT TO:<${bad}>`), bad).toMatch(/^55[03] 5\.1\.3 |^501 /);
    expect(await client.command('RCPT TO:<dörte@example.org>')).toMatch(/^553 5\.6\.7 /);
    expect(await client.command('RCPT TO:<fine@example.org>')).toBe('250 2.1.5 Ok');
    await client.command('DATA');
    client.write(mail);
    expect(await client.command('.')).toMatch(/^250 /);
    expect(await on.database.db.query(`select state from dispatches where recipient = 'fine@example.org'`)).toEqual([
      { state: 'queued' },
    ]);
    expect(await on.database.db.query(`select 1 as one from dispatches where recipient = 'gone@example.org'`)).toEqual(
      [],
    );
  });

  it('that is not fit to be sent is refused whole, with the reason, and leaves nothing behind', async () => {
    const before = await on.stored();
    const client = await greeted(on);
    const cases: [content: string, reply: string][] = [
      ['no header\r\n', '550 5.6.0 The message has no header'],
      ['To: a@b.test\r\nbroken line\r\n\r\nx\r\n', '550 5.6.0 The header of the message is malformed'],
      ['To: a@b.test\r\n\r\nx\r\n', '550 5.6.0 The message has no From field'],
      [`X: ${'x'.repeat(300_000)}\r\n${mail}`, '550 5.6.0 The header of the message is too long'],
      [`${'Received: from a by b\r\n'.repeat(51)}${mail}`, '554 5.4.6 Too many hops'],
      [
        `${'Bouncemx-Dispatch: a; attempt=1; host=b\r\n'.repeat(4)}${mail}`,
        '554 5.4.6 The message was sent from here before and runs in a circle',
      ],
      [
        mail.replace('shop.test', 'elsewhere.test'),
        '550 5.7.1 From names no single mailbox of a sending domain of ours',
      ],
      [mail.replace('shop.test', 'nokey.test'), '550 5.7.1 The sending domain has no key to sign return-paths with'],
      [
        mail.replace('Shop <news@shop.test>', 'undisclosed'),
        '550 5.7.1 From names no single mailbox of a sending domain of ours',
      ],
    ];
    for (const [content, reply] of cases) expect(await submit(client, content)).toBe(reply);
    expect(await on.stored()).toEqual(before);
    expect(await submit(client, mail)).toMatch(/^250 /);
  });

  it('with a Message-ID that comes again to the same recipients is one message: the client had heard no answer', async () => {
    const content = mail.replace('Subject', 'Message-ID: <once@shop.test>\r\nSubject');
    const first = await submit(await greeted(on), content, ['a@example.org', 'b@example.org']);
    const [messages] = await on.stored();
    const again = await submit(await greeted(on), `Received: from app\r\n${content}`, [
      'b@example.org',
      'a@example.org',
    ]);
    expect(again).toBe(first.replace('Taken as', 'Taken before as'));
    expect((await on.stored())[0]).toBe(messages);
    expect(await submit(await greeted(on), content, ['c@example.org'])).toMatch(/Taken as/);
    // Without one, the same words twice may be meant.
    expect(await submit(await greeted(on), mail, ['d@example.org'])).toMatch(/Taken as/);
    expect(await submit(await greeted(on), mail, ['d@example.org'])).toMatch(/Taken as/);
  });
});

describe('limits', () => {
  it('a message too large is refused at MAIL, or at its end, and nothing is kept', async () => {
    const on = await started({ submission: { maxSize: 10_000 } });
    const client = await greeted(on);
    expect(await client.command('MAIL FROM:<a@b.test> SIZE=10001')).toBe('552 5.3.4 Message too large');
    expect(await submit(client, `${mail}${'x'.repeat(12_000)}\r\n`)).toBe('552 5.3.4 Message too large');
    expect(await on.stored()).toEqual([0, 0, 0]);
    expect(await submit(client, mail)).toMatch(/^250 /);
  });

  it('of recipients: 452, and the message goes to the others', async () => {
    const on = await started({ submission: { maxRecipients: 2 } });
    const client = await greeted(on);
    await client.command('MAIL FROM:<a@b.test>');
    for (const name of ['a', 'b']) expect(await client.command(`RCPT TO:<${name}@example.org>`)).toMatch(/^250/);
    expect(await client.command('RCPT TO:<c@example.org>')).toBe('452 4.5.3 Too many recipients');
    await client.command('DATA');
    client.write(mail);
    expect(await client.command('.')).toMatch(/^250/);
    expect(await on.stored()).toEqual([1, 2, 1]);
  });

  it('a thousand recipients fit into one message, and four megabytes of it into the store, octet for octet', async () => {
    const on = await started();
    const client = await greeted(on);
    const body = `${randomBytes(3_000_000).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`;
    const reply = await submit(
      client,
      mail + body,
      Array.from({ length: 1000 }, (_, i) => `u${i}@example.org`),
    );
    expect(reply).toMatch(/^250 /);
    expect(await on.stored()).toEqual([1, 1000, 1]);
    const [raw] = await on.database.db.query<{ body: Buffer }>('select body from message_raws');
    expect(raw?.body.toString('latin1').endsWith(mail.slice(mail.indexOf('\r\n\r\n')) + body)).toBe(true);
  });

  it('without a relay for the domain nothing is taken', async () => {
    const on = await started({ relay: [{ ...relay, sendingDomains: ['other.test'] }] });
    expect(await submit(await greeted(on))).toBe('550 5.7.1 No relay is configured for the sending domain');
    expect(await on.stored()).toEqual([0, 0, 0]);
  });
});

describe('a database that is away', () => {
  const away = new StoreError('unavailable', '57P01', 'the server shuts down');
  const without =
    (what: 'query' | 'transaction' | 'frozen') =>
    (db: Db): Db => ({
      ...db,
      query: what === 'query' ? () => Promise.reject(away) : (...args) => db.query(...args),
      transaction:
        what === 'transaction'
          ? () => Promise.reject(away)
          : what === 'frozen'
            ? () => new Promise(() => undefined)
            : (work) => db.transaction(work),
    });

  it('is 451 at RCPT, and 451 at the dot: the client comes again', async () => {
    const asked = await started({ db: without('query') });
    expect(await submit(await greeted(asked))).toBe('451 4.3.0 Not stored, try again later');
    const stored = await started({ db: without('transaction') });
    expect(await submit(await greeted(stored))).toBe('451 4.3.0 Not stored, try again later');
    expect(await stored.stored()).toEqual([0, 0, 0]);
  });

  it('or frozen is 451 once the time for a commit is over', async () => {
    const on = await started({ db: without('frozen'), smtp: { commitDeadline: 200 } });
    expect(await submit(await greeted(on))).toBe('451 4.3.0 Not stored, try again later');
  });
});
