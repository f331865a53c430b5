/** Values of a request that a schema can't check alone: addresses, domains, times. */
import { asciiDomain, identityOf } from '../core/address.ts';
import { Problem } from './problem.ts';

/** @throws Problem `invalidAddress` */
export function addressFrom(text: string): string {
  const identity = identityOf(text);
  if (identity === null) throw new Problem('invalidAddress');
  return identity;
}

/** @throws Problem `invalidRequest` */
export function domainFrom(text: string, path: string): string {
  const domain = asciiDomain(text);
  if (domain === null) throw invalid(path, 'is no domain');
  return domain;
}

/** @throws Problem `invalidRequest`: a date-time by its form, but no moment (`23:59:60`). */
export function timeFrom(text: string, path: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw invalid(path, 'is no time');
  return at;
}

function invalid(path: string, message: string): Problem {
  return new Problem('invalidRequest', `${path} ${message}`, [{ path, message }]);
}
