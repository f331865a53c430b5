/**
 * The certificate of STARTTLS: read from its files, tried before it is used, read again on reload. A certificate that does
 * not load keeps the old one in service; without one STARTTLS is not offered at all, since smtp-server would else take its
 * built-in key, which anybody can read in its source.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly expiresAt: Date;
}

/** Null where none is configured. Rejects where the files cannot be read or do not fit each other. */
export async function readCertificate(files: {
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
}): Promise<Certificate | null> {
  if (files.tlsCertFile === '' || files.tlsKeyFile === '') return null;
  const [cert, key] = await Promise.all([readFile(files.tlsCertFile, 'utf8'), readFile(files.tlsKeyFile, 'utf8')]);
  // Throws where the key is not the certificate's.
  createSecureContext({ cert, key });
  return { cert, key, expiresAt: new X509Certificate(cert).validToDate };
}
