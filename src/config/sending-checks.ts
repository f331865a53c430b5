/** What the kinds of single options cannot say about sending: relays, schedules, caps, and the orders of time between them. */
import { asciiDomain } from '../core/address.ts';
import { isCategory } from '../core/classify/categories.ts';
import { providerOf } from '../core/provider.ts';
import type { Flaw } from './flaw.ts';
import { isPeer, parseHostPort } from './listeners.ts';
import type { Options } from './options.ts';
import { parseRelayUrl } from './relay-url.ts';
import { formatDuration } from './values.ts';

const mostRetries = 5;
const longestWait = 86_400_000;

/** Flaws of `[submission]`, `[sender]`, `[[relay]]`, `[[retry]]` and `[[provider]]`. */
export function checkSending(options: Options): Flaw[] {
  return [...submission(options), ...sender(options), ...relays(options), ...schedules(options), ...caps(options)];
}

function submission({ submission, relay, smtp }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  for (const entry of submission.listen)
    if (parseHostPort(entry) === null)
      flaws.push({ path: 'submission.listen', text: `'${entry}' is no host:port, such as '127.0.0.1:2587'` });
  for (const entry of submission.networks)
    if (!isPeer(entry))
      flaws.push({
        path: 'submission.networks',
        text: `'${entry}' is no address and no CIDR block, such as '192.0.2.0/24'`,
      });
  if (submission.listen.length === 0) return flaws;
  if (relay.length === 0)
    flaws.push({ path: 'submission.listen', text: 'needs a [[relay]]: mail could not be sent on' });
  if (submission.usersFile === '' && submission.networks.length === 0)
    flaws.push({
      path: 'submission.listen',
      text: 'needs submission.usersFile or submission.networks: nobody could hand mail over',
    });
  if (submission.usersFile !== '' && smtp.tlsCertFile === '' && submission.networks.length === 0)
    flaws.push({
      path: 'submission.usersFile',
      text: 'AUTH is offered under TLS alone: smtp.tlsCertFile and smtp.tlsKeyFile are needed',
    });
  return flaws;
}

function sender({ sender, database }: Options): Flaw[] {
  const least = sender.deadline + database.queryTimeout * 2;
  return sender.lease >= least
    ? []
    : [
        {
          path: 'sender.lease',
          text: `is ${formatDuration(sender.lease)}, must be at least ${formatDuration(least)} (sender.deadline and twice database.queryTimeout)`,
        },
      ];
}

function relays({ relay }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  const seen = new Set<string>();
  relay.forEach(({ url, sendingDomains, passwordFile, dkimDomain, dkimSelector, dkimKeyFile }, i) => {
    const flaw = (option: string, text: string): void => void flaws.push({ path: `relay[${i}].${option}`, text });
    const parsed = parseRelayUrl(url);
    if (!parsed.ok) flaw('url', parsed.expected);
    else if ((parsed.relay.user === '') !== (passwordFile === ''))
      flaw(passwordFile === '' ? 'passwordFile' : 'url', 'a user in the url and a passwordFile belong together');
    for (const name of sendingDomains.length > 0 ? sendingDomains : ['']) {
      if (name !== '' && asciiDomain(name) === null) flaw('sendingDomains', `'${name}' is no domain name`);
      else if (seen.has(name))
        flaw('sendingDomains', name === '' ? 'a second relay for all the rest' : `'${name}' has a relay already`);
      else seen.add(name);
    }
    const dkim = [dkimDomain, dkimSelector, dkimKeyFile].filter((value) => value !== '').length;
    if (dkim !== 0 && dkim !== 3) flaw('dkimDomain', 'dkimDomain, dkimSelector and dkimKeyFile belong together');
    if (dkim === 3 && asciiDomain(dkimDomain) === null) flaw('dkimDomain', `'${dkimDomain}' is no domain name`);
  });
  return flaws;
}

function schedules({ retry }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  const seen = new Set<string>();
  retry.forEach(({ category, provider, delays }, i) => {
    const flaw = (option: string, text: string): void => void flaws.push({ path: `retry[${i}].${option}`, text });
    if (category !== '' && !isCategory(category)) flaw('category', `'${category}' is no category`);
    for (const text of provider === '' ? [] : providerFlaws(provider)) flaw('provider', text);
    if (delays.length > mostRetries || delays.some((delay) => delay < 1000 || delay > longestWait))
      flaw('delays', `at most ${mostRetries} waits of 1s to 24h`);
    if (seen.has(`${category} ${provider}`)) flaw('category', 'this category and provider have a schedule already');
    seen.add(`${category} ${provider}`);
  });
  return flaws;
}

/** A provider is known by its organisational domain: any other would match no recipient. */
function providerFlaws(name: string): string[] {
  if (asciiDomain(name) === null) return [`'${name}' is no domain name`];
  const organisation = providerOf(name);
  return organisation === name || organisation === null
    ? []
    : [`'${name}' is no organisational domain: '${organisation}' is`];
}

function caps({ provider, care }: Options): Flaw[] {
  const flaws: Flaw[] = [];
  const seen = new Set<string>();
  provider.forEach(({ name }, i) => {
    const path = `provider[${i}].name`;
    for (const text of providerFlaws(name)) flaws.push({ path, text });
    if (seen.has(name)) flaws.push({ path, text: `'${name}' is listed twice` });
    seen.add(name);
  });
  if (care.breakerPause > care.breakerMaxPause)
    flaws.push({ path: 'care.breakerPause', text: 'must not be greater than care.breakerMaxPause' });
  return flaws;
}
