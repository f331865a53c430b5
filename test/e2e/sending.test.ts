/**
 * Mail leaves through a real Postfix, to receivers of all kinds, and what becomes of it comes back: 200 messages to three
 * recipients each, handed over by the API and by clients as applications have them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../helpers/certificate.ts';
import { domain, projectRoot } from './support/daemon.ts';
import { byNodemailer, bySmtplib, bySwaks, type Mail, type Submission } from './support/mail-clients.ts';
import { missing } from './support/peers.ts';
import { freePort, until } from './support/ports.ts';
import { sendingDomain, startSendingDaemon, type DispatchItem, type SendingDaemon } from './support/sending-daemon.ts';
import { boxDomain, startSendingWorld, type SendingWorld } from './support/sending-world.ts';
import { failureReport, SmtpPeer } from './support/smtp-peer.ts';

type Kind = 'ok' | 'gone' | 'full' | 'policy' | 'grey' | 'blocked' | 'refused';
interface Message {
  readonly index: number;
  readonly recipients: readonly { readonly address: string; readonly kind: Kind }[];
}

const count = 200;
/** Seconds. The last ones give a slow machine time: the cause lasts until all have met it. */
const delays = [2, 4, 8, 16, 16];
const submission = { user: 'app', password: 'correct horse battery' };
/** Folded, and longer than any line that a composer would leave alone. */
const unsubscribe = (index: number): string =>
  `<https://${sendingDomain}/unsubscribe?message=${index}&key=0123456789abcdef0123456789abcdef>,\r\n\t<mailto:off@${sendingDomain}?subject=${index}>`;

/** One that exists, one of the rest by turns, and one that is suppressed, refused by the relay, or exists. */
const messages: readonly Message[] = Array.from({ length: count }, (_, index) => {
  const second = (['gone', 'full', 'policy', 'grey'] as const)[index % 4] ?? 'gone';
  const third = (['blocked', 'refused', 'ok'] as const)[index % 3] ?? 'ok';
  const kinds: readonly Kind[] = ['ok', second, third];
  return {
    index,
    recipients: kinds.map((kind, place) => ({ address: `${kind}${index}-${place}@${boxDomain}`, kind })),
  };
});
const all = messages.flatMap(({ recipients }) => recipients);
const of = (...kinds: readonly Kind[]): string[] =>
  all.filter(({ kind }) => kinds.includes(kind)).map(({ address }) => address);
const userOf = (address: string): string => address.slice(0, address.indexOf('@'));

const rawOf = ({ index, recipients: [to, cc, bcc] }: Message): string =>
  `From: News <news@${sendingDomain}>
To: ${to?.address ?? ''}
Cc: ${cc?.address ?? ''}
Bcc: ${bcc?.address ?? ''}
Subject: November ${index}
Message-ID: <n${index}@${sendingDomain}>
Date: Mon, 23 Nov 2026 10:00:00 +0000
List-Unsubscribe: ${unsubscribe(index)}

Hello, this is message ${index}.
.
A line with a dot stands above.
`.replace(/\r?\n/g, '\r\n');

const mailOf = (message: Message): Mail => ({
  from: `bounces@${sendingDomain}`,
  to: message.recipients.map(({ address }) => address),
  message: rawOf(message),
});

describe.skipIf(missing('postfix', 'dovecot', 'swaks', 'python'))(
  'sending through a real Postfix',
  { timeout: 90_000 },
  () => {
    let daemon: SendingDaemon;
    let world: SendingWorld;
    let folder: string;
    let dispatches: ReadonlyMap<string, DispatchItem>;
    const refusedAtHandOver: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp('/tmp/bmx-keys-');
      const { cert, key } = selfSigned('mx.bounce.test');
      const [certFile, keyFile, usersFile] = ['cert.pem', 'key.pem', 'users'].map((name) => join(folder, name));
      const line = execFileSync(
        process.execPath,
        [join(projectRoot, 'dist/main.js'), 'submission', 'hash', submission.user],
        { input: `${submission.password}\n` },
      );
      await writeFile(certFile ?? '', cert);
      await writeFile(keyFile ?? '', key, { mode: 0o600 });
      await writeFile(usersFile ?? '', line, { mode: 0o600 });
      const mxPort = await freePort();
      world = await startSendingWorld(domain, mxPort);
      await room(0);
      daemon = await startSendingDaemon({
        relayUrl: `smtp://127.0.0.1:${world.relay.port}`,
        toml: `[[retry]]
category = 'mailbox_full'
delays = [${delays.map((delay) => `'${delay}s'`).join(', ')}]
`,
        mxPort,
        env: {
          BOUNCEMX_SMTP_RELAYS: '127.0.0.1/32',
          BOUNCEMX_SMTP_TLS_CERT_FILE: certFile,
          BOUNCEMX_SMTP_TLS_KEY_FILE: keyFile,
          BOUNCEMX_SUBMISSION_USERS_FILE: usersFile,
          BOUNCEMX_SUBMISSION_NETWORKS: '',
          BOUNCEMX_SENDER_POLL_INTERVAL: '200ms',
        },
      });
      await suppress(of('blocked'));
    }, 60_000);
    afterAll(async () => {
      await Promise.all([world.stop(), daemon.stop()]);
      await rm(folder, { recursive: true, force: true });
    });

    /** Octets for those who are over quota at first; the others have enough. */
    const room = async (octets: number): Promise<void> => {
      const users = of('ok', 'full', 'policy', 'grey').map(
        (address) => [userOf(address), address.startsWith('full') ? octets || 10 : 1_000_000] as const,
      );
      await world.dovecot.setUsers(new Map(users));
    };

    /** Reports of earlier mail make them suppressed. */
    const suppress = async (addresses: readonly string[]): Promise<void> => {
      const paths = await daemon.mint(addresses);
      const peer = new SmtpPeer(daemon.smtpPort);
      await peer.greet();
      for (const [i, address] of addresses.entries()) {
        const diagnostic = `550 5.1.1 <${address}>: user unknown`;
        const report = failureReport({
          to: paths[i] ?? '',
          about: address,
          diagnostic,
          status: '5.1.1',
          unique: `s${i}`,
        });
        expect(await peer.deliver('', paths[i] ?? '', report)).toMatch(/^250/);
      }
      peer.close();
      await until('the suppressions', async () => {
        const { body } = await daemon.api<{ results: { suppressed: boolean }[] }>('/v1/suppressions/check', {
          method: 'POST',
          body: { addresses },
        });
        return body.results.every(({ suppressed }) => suppressed);
      });
    };

    const eventsOf = async (address: string): Promise<readonly Record<string, unknown>[]> =>
      (await daemon.api<{ items: Record<string, unknown>[] }>(`/v1/events?recipient=${encodeURIComponent(address)}`))
        .body.items;

    it('takes mail from the API, nodemailer, smtplib and swaks, and refuses recipients that are suppressed', async () => {
      const [raw, fields, nodemailer, smtplib, swaks] = [
        messages.slice(0, 70),
        messages.slice(70, 140),
        messages.slice(140, 170),
        messages.slice(170, 194),
        messages.slice(194),
      ];
      const client: Submission = { ...submission, port: daemon.submissionPort };
      const bySubmission = async (
        send: (submission: Submission, mails: readonly Mail[]) => Promise<string[][]>,
        given: readonly Message[],
      ): Promise<void> => {
        refusedAtHandOver.push(...(await send(client, given.map(mailOf))).flat());
      };
      const byApi = async (
        given: readonly Message[],
        body: (message: Message) => Record<string, unknown>,
      ): Promise<void> => {
        for (const message of given) {
          const { recipients } = await daemon.hand(body(message));
          refusedAtHandOver.push(...recipients.filter((one) => one.state === 'suppressed').map((one) => one.recipient));
        }
      };
      await Promise.all([
        byApi(raw, (message) => ({
          raw: Buffer.from(rawOf(message)).toString('base64'),
          recipients: message.recipients.map(({ address }) => address),
          campaign: 'november',
        })),
        byApi(fields, ({ index, recipients: [to, cc, bcc] }) => ({
          from: `News <news@${sendingDomain}>`,
          to: to?.address,
          cc: [cc?.address],
          bcc: bcc?.address,
          subject: `November ${index}`,
          text: `Hello, this is message ${index}.\n.\nA line with a dot stands above.\n`,
          messageId: `<n${index}@${sendingDomain}>`,
          headers: { 'List-Unsubscribe': unsubscribe(index).replace(/\r\n\t/, ' ') },
          campaign: 'november',
        })),
        bySubmission(byNodemailer, nodemailer),
        bySubmission(bySmtplib, smtplib),
        bySubmission(bySwaks, swaks),
      ]);
      expect(refusedAtHandOver.sort()).toEqual(of('blocked').sort());
    });

    it('learns what the receivers say, tries again by its schedule, and ends each dispatch where it belongs', async () => {
      const wanted = all.filter(({ kind }) => kind !== 'blocked').length;
      const asked = async (state: string): Promise<DispatchItem[]> => await daemon.dispatches(`state=${state}`);
      // The cause lasts until all of them have been turned away at least once.
      await until(
        'every full mailbox to have turned its mail away',
        async () => {
          const full = (await daemon.dispatches()).filter(({ recipient }) => recipient.startsWith('full'));
          return full.length === of('full').length && full.every(({ category }) => category === 'mailbox_full');
        },
        40_000,
      );
      expect((await asked('waiting')).length).toBeGreaterThan(0);
      await room(1_000_000);
      await until(
        'all mailboxes to have their mail',
        async () => {
          const mails = await Promise.all(
            of('ok', 'full', 'grey').map((address) => world.dovecot.mailbox(userOf(address))),
          );
          return mails.every(({ length }) => length > 0);
        },
        40_000,
      );
      const found = await daemon.settled('all dispatches to end', wanted, ({ state, recipient }) =>
        /^(?:ok|full|grey)/.test(recipient) ? state === 'sent' : state === 'bounced' || state === 'suppressed',
      );
      dispatches = new Map(found.map((each) => [each.recipient, each]));
      const states = (kind: Kind): unknown => [
        ...new Set(
          of(kind)
            .map((address) => dispatches.get(address))
            .map((each) => `${each?.state ?? 'none'} ${each?.attempt ?? 0} ${each?.category ?? '-'}`),
        ),
      ];
      expect(states('ok')).toEqual(['sent 1 -']);
      expect(states('grey')).toEqual(['sent 1 -']);
      expect(states('gone')).toEqual(['bounced 1 user_not_found']);
      expect(states('refused')).toEqual(['bounced 1 user_not_found']);
      expect(states('policy')).toEqual(['bounced 1 policy_rejection']);
      for (const address of of('full')) {
        expect(dispatches.get(address)).toMatchObject({ state: 'sent' });
        expect(dispatches.get(address)?.attempt).toBeGreaterThan(1);
      }
    });

    it('begins each further attempt when its schedule says so, counted from the word that asked for it', async () => {
      for (const address of of('full').slice(0, 10)) {
        const { body } = await daemon.api<{
          attempts: { attempt: number; startedAt: string }[];
          events: { recordedAt: string; category: string }[];
        }>(`/v1/dispatches/${dispatches.get(address)?.id ?? ''}`);
        const failures = body.events.map(({ recordedAt }) => Date.parse(recordedAt)).sort((a, b) => a - b);
        const begun = body.attempts.map(({ startedAt }) => Date.parse(startedAt)).sort((a, b) => a - b);
        expect(begun.length, address).toBe(failures.length + 1);
        for (const [i, failure] of failures.entries()) {
          const wait = (begun[i + 1] ?? 0) - failure;
          const delay = (delays[i] ?? 0) * 1000;
          // Spread by a fifth; behind it only what a busy machine adds.
          expect(wait, `${address}, retry ${i + 1}`).toBeGreaterThanOrEqual(delay * 0.8 - 50);
          expect(wait, `${address}, retry ${i + 1}`).toBeLessThan(delay * 1.2 + 10_000);
        }
      }
    });

    it('gives each recipient one copy, with nothing lost or added but what sending needs', async () => {
      for (const { index, recipients } of messages) {
        for (const { address, kind } of recipients) {
          const mails = await world.dovecot.mailbox(userOf(address));
          if (kind !== 'ok' && kind !== 'full' && kind !== 'grey') {
            expect(mails, address).toEqual([]);
            continue;
          }
          expect(mails, address).toHaveLength(1);
          const [mail = ''] = mails;
          const header = mail.slice(0, mail.indexOf('\n\n'));
          expect(header, address).toMatch(/^Return-Path: <b-[a-z2-7]{20,}@bounce\.test>\n/);
          expect(header).not.toMatch(/^bcc:/im);
          expect(header).toContain(`\nMessage-ID: <n${index}@${sendingDomain}>`);
          expect(header.match(/^Bouncemx-Dispatch:/gm)).toHaveLength(1);
          expect(mail).toContain(`\nHello, this is message ${index}.\n.\nA line with a dot stands above.\n`);
          const kept = /^List-Unsubscribe:\s+(.*(?:\n[ \t].*)*)/m.exec(header)?.[1];
          // Raw mail keeps even its folding.
          if (index < 70 || index >= 140) expect(kept).toBe(unsubscribe(index).replaceAll('\r', ''));
          else expect(kept?.replace(/\s+/g, ' ')).toBe(unsubscribe(index).replace(/\s+/g, ' '));
        }
      }
    });

    it('sends nothing to those who were suppressed', async () => {
      const logs = `${await world.relay.log()}${await world.receiver.log()}`;
      expect(logs).toMatch(/to=<ok0-0@/);
      expect(logs).not.toMatch(/<blocked\d/);
    });

    it('records one event for each word that was said, with its proof', async () => {
      for (const address of of('refused')) {
        const events = await eventsOf(address);
        expect(events, address).toHaveLength(1);
        expect(events[0]).toMatchObject({ source: 'reply', proof: 'own', type: 'hard_bounce', replyCode: 550 });
      }
      for (const address of of('gone', 'policy')) {
        const events = await eventsOf(address);
        expect(events, address).toHaveLength(1);
        expect(events[0]).toMatchObject({
          source: 'smtp',
          proof: 'verp',
          type: address.startsWith('gone') ? 'hard_bounce' : 'block_bounce',
          dispatchId: dispatches.get(address)?.id,
        });
      }
      for (const address of of('full')) {
        const events = await eventsOf(address);
        expect(events, address).toHaveLength((dispatches.get(address)?.attempt ?? 0) - 1);
        expect(new Set(events.map(({ category }) => category))).toEqual(new Set(['mailbox_full']));
      }
      for (const address of of('ok', 'grey')) expect(await eventsOf(address), address).toEqual([]);
    });

    it('counts a message once for a recipient, by whichever way and however often it is told', async () => {
      const counted = async (address: string): Promise<readonly { count: number }[]> =>
        (await daemon.api<{ counts: { count: number }[] }>(`/v1/recipients/${encodeURIComponent(address)}`)).body
          .counts;
      for (const address of of('gone', 'policy', 'refused', 'full')) {
        const counts = await counted(address);
        expect(
          counts.reduce((sum, one) => sum + one.count, 0),
          address,
        ).toBe(1);
      }
      // The relay refused it at RCPT, and now a report says the same of the same attempt.
      const [address = ''] = of('refused');
      const returnPath = new RegExp(`from=<([^>]*)> to=<${address}>`).exec(await world.relay.log())?.[1] ?? '';
      const diagnostic = `550 5.1.1 <${address}>: user unknown`;
      const peer = new SmtpPeer(daemon.smtpPort);
      await peer.greet();
      const report = failureReport({ to: returnPath, about: address, diagnostic, status: '5.1.1', unique: 'late' });
      expect(await peer.deliver('', returnPath, report)).toMatch(/^250/);
      peer.close();
      await until('the event of the report', async () => (await eventsOf(address)).length === 2);
      expect(await counted(address)).toEqual([expect.objectContaining({ count: 1 })]);
      const [after] = await daemon.dispatches(`recipient=${encodeURIComponent(address)}`);
      expect(after).toMatchObject({ state: 'bounced', attempt: 1 });
    });

    it('suppresses those who are gone, and nobody whose receiver only refused the mail', async () => {
      const addresses = of('ok', 'gone', 'full', 'policy', 'grey', 'refused');
      const { body } = await daemon.api<{ results: { address: string; level: string }[] }>('/v1/suppressions/check', {
        method: 'POST',
        body: { addresses },
      });
      const levels = new Map(body.results.map(({ address, level }) => [address, level]));
      const levelsOf = (...kinds: readonly Kind[]): Set<unknown> => new Set(of(...kinds).map((one) => levels.get(one)));
      expect(levelsOf('gone', 'refused')).toEqual(new Set(['hard_suppressed']));
      expect(levelsOf('full')).toEqual(new Set(['temporarily_suppressed']));
      expect(levelsOf('ok', 'policy', 'grey')).toEqual(new Set(['none']));
    });
  },
);
