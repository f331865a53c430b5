// Mints self-contained return-paths for bouncemx (format: docs/verp.md) with the package itself.
//
//   node mint.ts KEY-FILE SENDING-DOMAIN RETURN-PATH-DOMAIN PREFIX RECIPIENT MESSAGE-ID [DAY]
//
// In an application of your own: import from 'bouncemx/verp'.
import { readFileSync } from 'node:fs';
import { dayOf, encodeReturnPath, messageTagOf, parseKeyRing, signingKey } from '../../src/core/verp/index.ts';

const [keyFile = '', sendingDomain = '', name = '', prefix = '', recipient = '', messageId = '', day] =
  process.argv.slice(2);

const parsed = parseKeyRing(readFileSync(keyFile, 'utf8'));
if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
const key = signingKey(parsed.ring, sendingDomain);
if (key === null) throw new Error(`no active key for ${sendingDomain}`);

const encoded = encodeReturnPath({
  domain: { name, prefix },
  key,
  day: day === undefined ? dayOf(new Date()) : Number(day),
  messageTag: messageTagOf(messageId),
  recipient,
});
if (encoded.ok) {
  console.log(encoded.address);
} else {
  console.error(`${encoded.why}: ask the daemon for an opaque return-path (POST /v1/verp)`);
  process.exitCode = 1;
}
