/** DKIM (RFC 6376) with nodemailer's signer, where the relay does not sign: in memory, whatever the size. */
import DKIM from 'nodemailer/lib/dkim';
import type { RelaySettings } from '../config/relays.ts';

/** Rejects where the key can't sign. */
export async function signMessage(raw: Buffer, dkim: NonNullable<RelaySettings['dkim']>): Promise<Buffer> {
  const signer = new DKIM({ domainName: dkim.domain, keySelector: dkim.selector, privateKey: dkim.key });
  const signed: Buffer[] = [];
  for await (const chunk of signer.sign(raw)) signed.push(chunk as Buffer);
  return Buffer.concat(signed);
}
