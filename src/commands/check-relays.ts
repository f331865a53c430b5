/**
 * What `check` finds at the relays: their files can be read, they answer, speak TLS and take the password; and whether every
 * sending domain has a way out. Each is tried as the sender would try it, up to the first MAIL.
 */
import type { Options } from '../config/options.ts';
import { readRelays, type RelaySettings } from '../config/relays.ts';
import { sendingsOf } from '../config/sending-domains.ts';
import { createRelay } from '../sender/relay.ts';
import type { Finding } from './check-finding.ts';
import { printable } from './table.ts';

const patience = 3000;
const longestText = 300;

const say = (level: Finding['level'], text: string): Finding => ({ level, area: 'relays', text });

/** @param hostname what is said in EHLO. */
export async function checkRelays({ relay, domain }: Options, hostname: string): Promise<Finding[]> {
  if (relay.length === 0) return [say('ok', 'none: no mail is taken for sending')];
  const read = await readRelays(relay);
  if (!read.ok) return read.problems.map((problem) => say('fail', printable(problem)));
  const tried = await Promise.all(read.relays.map((settings) => checkRelay(settings, hostname)));
  return [...tried.flat(), ...checkWays(read.relays, sendingsOf(domain))];
}

async function checkRelay(settings: RelaySettings, hostname: string): Promise<Finding[]> {
  const { name, implicitTls, requireTls, password, user, host } = settings;
  const findings: Finding[] = [];
  const tls = implicitTls || requireTls;
  const local = host === 'localhost' || host === '::1' || host.startsWith('127.');
  if (!tls && !local)
    findings.push(say('warn', `${name}: ?tls=none: mail ${password === null ? 'goes' : 'and password go'} in clear`));
  const relay = createRelay({ settings, hostname, deadline: patience });
  try {
    const trouble = await relay.open();
    if (trouble === null)
      findings.push(
        say('ok', `${name} answers, ${tls ? 'TLS' : 'no TLS'}, ${password === null ? 'no AUTH' : `AUTH as ${user}`}`),
      );
    else {
      const { phase, text } = trouble;
      findings.push(say('fail', `${name}: ${phase}: ${printable(text.slice(0, longestText))}`));
    }
  } finally {
    relay.close();
  }
  return findings;
}

/** Domains that we have return-paths for and no relay carries, and the reverse. */
function checkWays(
  relays: readonly RelaySettings[],
  sendings: readonly { readonly sendingDomain: string }[],
): Finding[] {
  const ours = new Set(sendings.map(({ sendingDomain }) => sendingDomain));
  const carried = new Set(relays.flatMap(({ sendingDomains }) => sendingDomains));
  const forAll = relays.some(({ sendingDomains }) => sendingDomains.length === 0);
  return [
    ...[...ours].filter((name) => !forAll && !carried.has(name)).map((name) => say('warn', `${name} has no relay`)),
    ...[...carried]
      .filter((name) => !ours.has(name))
      .map((name) => say('warn', `${name} has a relay, and no [[domain]] lists it under sendingDomains`)),
  ];
}
