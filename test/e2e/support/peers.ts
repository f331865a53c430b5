/**
 * Real programs that a test talks to. A missing one is a printed skip on a developer's machine and a failure where
 * BOUNCEMX_REQUIRE_PEERS is set (CI installs all of them).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = {
  postfix: '/usr/lib/postfix/sbin/master',
  smtpSink: '/usr/sbin/smtp-sink',
  prometheus: '/usr/bin/prometheus',
  promtool: '/usr/bin/promtool',
  exim: process.env['BOUNCEMX_TEST_EXIM'] ?? '/usr/sbin/exim4',
  dovecot: `${process.env['BOUNCEMX_TEST_DOVECOT'] ?? ''}/usr/lib/dovecot/lmtp`,
  swaks: '/usr/bin/swaks',
  python: '/usr/bin/python3',
  php: '/usr/bin/php',
  msmtp: '/usr/bin/msmtp',
  symfony: '/usr/share/php/Symfony/Component/Mailer/autoload.php',
  django: '/usr/lib/python3/dist-packages/django/__init__.py',
  ruby: '/usr/bin/ruby',
  rails: '/usr/bin/rails',
} as const;

export type Peer = keyof typeof places;

export function peerPath(peer: Peer): string {
  return places[peer];
}

/** For `describe.skipIf`: says why on stderr, once. */
export function missing(...peers: readonly Peer[]): boolean {
  const absent = peers.filter((peer) => !existsSync(places[peer]));
  // These run their parts as users of their own.
  const rootless = process.getuid?.() !== 0 && peers.some((peer) => ['postfix', 'exim', 'dovecot'].includes(peer));
  const speaksTls = !peers.includes('swaks') || spawnSync('perl', ['-MNet::SSLeay', '-e1']).status === 0;
  if (absent.length === 0 && !rootless && speaksTls) return false;
  const why =
    absent.length > 0
      ? `not installed: ${absent.map((peer) => places[peer]).join(', ')}`
      : rootless
        ? 'needs root to run its own users'
        : 'swaks has no TLS without the Perl module Net::SSLeay';
  if (process.env['BOUNCEMX_REQUIRE_PEERS'] === '1') throw new Error(`BOUNCEMX_REQUIRE_PEERS is set, but ${why}`);
  process.stderr.write(`skipped (${peers.join(', ')}): ${why}\n`);
  return true;
}

/** As `missing`, for what CI does not install either. */
export function absent(...peers: readonly Peer[]): boolean {
  const gone = peers.filter((peer) => !existsSync(places[peer]));
  if (gone.length > 0) process.stderr.write(`skipped: not installed: ${gone.map((peer) => places[peer]).join(', ')}\n`);
  return gone.length > 0;
}
