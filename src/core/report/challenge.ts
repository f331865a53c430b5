/** Challenge/response filters: the receiver's side asks the sender to prove to be a person. Never a bounce of the address. */
import type { Report } from '../event.ts';
import { claim, diagnostic, findAddresses } from './claim.ts';
import type { Envelope } from './envelope.ts';
import { signIn } from './sign.ts';

// One of these says it alone: names of such services, or their own words.
const strong = [
  'boxbe guest list',
  'www.boxbe.com/crs',
  'spamarrest.com/a2',
  'this account is protected by bluebottle',
  'to have your address added to the recipient',
  'my spam filter requires you to',
  'spamblocker-challenge',
  'this is a one-time verification',
  'tmda-verify',
  'server requires confirmation',
  'please confirm that you sent',
  'confirm that you are a human',
  'confirm you are a person',
  'verify that you are a human',
  'click the link below to be added to my',
  'your message is being held until you',
  'mailinblack',
  'sender verification required',
  'to complete the verification of your',
  'authenticate yourself as a sender',
  'autoriser votre adresse',
  'has been placed on hold until you',
];
const subjects = [
  'verify your email to',
  'message challenge',
  'please authenticate',
  'challenge-response',
  'please confirm your message',
  'action required to deliver',
  '[spam arrest]',
  'please verify your address',
];

/** The challenge, or null. */
export function readChallenge(envelope: Envelope, text: string): Report | null {
  if (envelope.fromList) return null;
  const lower = text.slice(0, 8192).toLowerCase();
  const joined = lower.replaceAll(/\s+/gu, ' ');
  const said = strong.find((words) => joined.includes(words));
  const named = said === undefined ? subjects.find((words) => envelope.subjectLower.includes(words)) : undefined;
  if (said === undefined && named === undefined) return null;
  const sender = envelope.bySystem || /no-?reply|support@/iu.test(envelope.from) ? null : envelope.fromAddress;
  return claim({
    kind: 'challenge',
    format: 'challenge',
    finalRecipient: sender ?? findAddresses(lower, 1)[0] ?? null,
    diagnosticCode: diagnostic(text.slice(0, 2000)),
    sign: said === undefined ? signIn('header:subject', envelope.subject, named) : signIn('text', text, said),
  });
}
