/**
 * The one door: what a RCPT proves, before anything is stored. No database: a token is proved by its signature alone.
 * Every way in (SMTP, LMTP, inject) passes here. RFC 5321 §4.5.1 (postmaster), RFC 2142 (abuse).
 */
import type { DomainOptions } from '../config/options.ts';
import { asciiDomain } from '../core/address.ts';
import type { Bound } from '../core/event.ts';
import { decodeForeign } from '../core/verp/foreign.ts';
import { dayOf, decodeReturnPath, type KeyRing } from '../core/verp/index.ts';
import { refusals, type Refusal } from './smtp-replies.ts';

/** A RCPT that got 250. */
export type Admitted =
  | {
      readonly kind: 'report';
      /** As given. */
      readonly forwardPath: string;
      readonly bound: Bound;
      /** What the arrival key goes by: the token, or the RCPT where there is none; lower case. */
      readonly keyText: string;
    }
  | { readonly kind: 'postmaster'; readonly forwardPath: string; readonly keyText: string };

type Admission = { readonly ok: true; readonly admitted: Admitted } | { readonly ok: false; readonly refusal: Refusal };

export interface Door {
  /** Judges one RCPT in smtp-server's spelling (domain possibly as U-label). Total. */
  judge(forwardPath: string): Admission;
  /** The store takes no more mail for postmaster@ and abuse@ today: refused at RCPT for a while, without asking it. */
  pausePostmaster(): void;
}

interface DoorParts {
  readonly domains: readonly DomainOptions[];
  readonly ring: () => KeyRing;
  /** Milliseconds. */
  readonly validity: number;
  readonly now: () => Date;
}

const postmasterPause = 600_000;
/** RFC 5321 §4.1.2 Dot-string; a token is narrower still, foreign forms use most of these. */
const localPartAtoms = /^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*$/;
/** RFC 5321 §4.5.3.1.1, and what Postfix' VERP and SRS make of long addresses in spite of it. */
const longestLocalPart = 64;
const longestForeign = 250;

export function createDoor(parts: DoorParts): Door {
  const domains = new Map(parts.domains.map((domain) => [domain.name, domain]));
  const validityDays = Math.ceil(parts.validity / 86_400_000);
  let postmasterFrom = 0;

  function judgePostmaster(forwardPath: string, keyText: string): Admission {
    return parts.now().getTime() < postmasterFrom
      ? { ok: false, refusal: refusals.postmasterFull }
      : { ok: true, admitted: { kind: 'postmaster', forwardPath, keyText } };
  }

  return {
    judge(forwardPath) {
      const at = forwardPath.lastIndexOf('@');
      // RFC 5321 §4.1.1.3: the one recipient without a domain
      if (at < 0 && forwardPath.toLowerCase() === 'postmaster') return judgePostmaster(forwardPath, 'postmaster');
      const localPart = forwardPath.slice(0, Math.max(at, 0));
      const name = asciiDomain(forwardPath.slice(at + 1));
      const domain = name === null ? undefined : domains.get(name);
      if (domain === undefined) return { ok: false, refusal: refusals.relayingDenied };
      const longest = domain.foreign.length > 0 ? longestForeign : longestLocalPart;
      if (localPart.length > longest || !localPartAtoms.test(localPart))
        return { ok: false, refusal: refusals.badRecipient };
      const lower = localPart.toLowerCase();
      const keyText = `${lower}@${domain.name}`;
      if (lower === 'postmaster' || lower === 'abuse') return judgePostmaster(forwardPath, keyText);
      const today = dayOf(parts.now());
      const decoded = decodeReturnPath(localPart, domain, parts.ring(), today, validityDays);
      if (decoded.ok)
        return {
          ok: true,
          admitted: { kind: 'report', forwardPath, bound: decoded.bound, keyText: decoded.token },
        };
      // A token that is not good is not a foreign form either, whatever it happens to look like.
      const foreign = decoded.why === 'notVerp' ? decodeForeign(localPart, domain) : null;
      if (foreign === null) return { ok: false, refusal: refusals.noSuchReturnPath };
      return { ok: true, admitted: { kind: 'report', forwardPath, bound: foreign, keyText } };
    },
    pausePostmaster() {
      postmasterFrom = parts.now().getTime() + postmasterPause;
    },
  };
}
