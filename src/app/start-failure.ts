/** Why the daemon did not start, for the person who started it. */

/** `configuration`: somebody must change something (exit 78). `tryLater`: it may pass by itself (exit 75). */
export class StartFailure extends Error {
  readonly kind: 'configuration' | 'tryLater';
  constructor(kind: 'configuration' | 'tryLater', message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StartFailure';
    this.kind = kind;
  }
}

/** Opens something; the system's refusals become a StartFailure that names what was wanted. */
export async function opening<T>(what: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof StartFailure || !(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'EADDRINUSE') throw new StartFailure('tryLater', `${what}: ${error.message}`, { cause: error });
    const fixable = ['EACCES', 'EPERM', 'ENOENT', 'EADDRNOTAVAIL', 'ENOTFOUND', 'ENAMETOOLONG', 'EROFS', 'ENOTDIR'];
    const badTls = typeof error.code === 'string' && /^ERR_(?:OSSL|SSL|TLS|CRYPTO)/.test(error.code);
    if (badTls || fixable.includes(String(error.code)))
      throw new StartFailure('configuration', `${what}: ${error.message}`, { cause: error });
    throw error;
  }
}
