/**
 * Return-paths that others make: unsigned forms that name their recipient (Postfix and Mailman `x+user=dom`, ezmlm
 * `x-user=dom`), and what forwarders and gateways wrap round an address (SRS0, SRS1, BATV `prvs=`). Only where the domain's
 * configuration lists the form; a foreign form never proves anything (`unsigned`).
 */
import { asciiDomain, identityOf } from '../address.ts';
import type { Bound } from '../event.ts';

interface Accepting {
  readonly name: string;
  readonly foreign: readonly string[];
}

/** Forwarders wrap what forwarders wrapped, but each only once. */
const maxWrappings = 4;

/** The recipient that a foreign return-path in `domain` names, or null where it names none. */
export function decodeForeign(localPart: string, domain: Accepting): Bound | null {
  const inner = unwrapReturnPath(localPart, domain);
  if (inner === null) return null;
  const recipient =
    (domain.foreign.includes('postfix') ? recipientAfter(inner, inner.indexOf('+')) : null) ??
    (domain.foreign.includes('ezmlm') ? recipientAfter(inner, ezmlmDelimiter(inner)) : null);
  if (recipient === null) return null;
  return {
    proof: 'unsigned',
    form: 'foreign',
    keyId: null,
    sendingDomain: null,
    recipient,
    messageTag: null,
    rowId: null,
    day: null,
  };
}

/**
 * Takes SRS and BATV off a local part, as far as the domain lists them. Null where SRS names another domain than ours:
 * such an address is no business of ours.
 */
export function unwrapReturnPath(localPart: string, domain: Accepting): string | null {
  let inner: string = localPart;
  for (let i = 0; i < maxWrappings; i += 1) {
    const srs = domain.foreign.includes('srs') ? unwrapSrs(inner) : null;
    if (srs !== null && asciiDomain(srs.domain) !== domain.name) return null;
    const next = srs?.localPart ?? (domain.foreign.includes('batv') ? unwrapBatv(inner) : null);
    if (next === null) return inner;
    inner = next;
  }
  return inner;
}

/**
 * `<x><delimiter>user=dom`: the last `=` is the at sign, since no domain holds one. None stands in `x`: that would be a
 * wrapping which this domain does not list.
 */
function recipientAfter(localPart: string, delimiter: number): string | null {
  const equals = localPart.lastIndexOf('=');
  if (delimiter < 1 || equals < delimiter || localPart.indexOf('=') < delimiter) return null;
  return identityOf(`${localPart.slice(delimiter + 1, equals)}@${localPart.slice(equals + 1)}`);
}

/** `list-return-<number>-user=dom` (ezmlm), else the first hyphen. */
function ezmlmDelimiter(localPart: string): number {
  const numbered = /-return-\d{1,12}-/i.exec(localPart);
  return numbered === null ? localPart.indexOf('-') : numbered.index + numbered[0].length - 1;
}

/**
 * `SRS0=<hash>=<timestamp>=<domain>=<local>` and `SRS1=<hash>=<forwarder>=<separator><hash>=<timestamp>=<domain>=<local>`
 * (libsrs2: the sign after SRS0 or SRS1 may be `=`, `-` or `+`).
 */
export function unwrapSrs(localPart: string): { readonly domain: string; readonly localPart: string } | null {
  if (!/^srs[01][-+=]/i.test(localPart)) return null;
  const fields = localPart.slice(5).split('=');
  // SRS1 puts hash and forwarder before it; its own separator is empty where it is `=`, else it leads the next field.
  const own = localPart.charAt(3) === '0' ? fields : fields.slice(fields[2] === '' ? 3 : 2);
  const [, , domain, ...local] = own;
  return domain === undefined || local.length === 0 ? null : { domain, localPart: local.join('=') };
}

/** `prvs=<tag>=<local>` (draft-levine-smtp-batv: one digit of key, three of day, six hexadecimal of hash). */
export function unwrapBatv(localPart: string): string | null {
  return /^prvs=\d{4}[\da-f]{6}=/i.test(localPart) ? localPart.slice(16) : null;
}
