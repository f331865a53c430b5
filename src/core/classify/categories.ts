/**
 * The closed vocabulary of verdicts: types, categories, faults, actions. Wire values are exactly these words.
 * A category carries what follows from it by default; a rule may soften the permanence, never the fault.
 */

export const types = [
  'hard_bounce',
  'soft_bounce',
  'block_bounce',
  'challenge_response',
  'auto_reply',
  'unsubscribe',
  'spam_complaint',
  'delivery',
  'none',
] as const;
export type EventType = (typeof types)[number];

export const actions = [
  'remove_immediately',
  'retry_with_delay',
  'move_to_suppression',
  'flag_for_review',
  'update_reputation',
  'no_action',
] as const;
export type Action = (typeof actions)[number];

export type Permanence = 'permanent' | 'transient' | 'unknown';
type Fault = 'recipient' | 'receiver' | 'network' | 'content' | 'sender' | 'none' | 'unknown';

export interface CategoryFacts {
  /** The type where the permanence is the category's own. */
  readonly type: EventType;
  /** The type where the peer says 5.x, for the categories whose type follows the permanence. */
  readonly permanentType: EventType;
  readonly permanence: Permanence;
  readonly fault: Fault;
  readonly action: Action;
  /** One sentence for a person: what it means and what to do about it. */
  readonly advice: string;
}

const hard = (action: Action, advice: string): CategoryFacts => ({
  type: 'hard_bounce',
  permanentType: 'hard_bounce',
  permanence: 'permanent',
  fault: 'recipient',
  action,
  advice,
});
const soft = (fault: Fault, action: Action, advice: string): CategoryFacts => ({
  type: 'soft_bounce',
  permanentType: 'soft_bounce',
  permanence: 'transient',
  fault,
  action,
  advice,
});
/** Soft when the peer says 4.x, a block when it says 5.x. */
const either = (fault: Fault, advice: string): CategoryFacts => ({
  type: 'soft_bounce',
  permanentType: 'block_bounce',
  permanence: 'unknown',
  fault,
  action: 'flag_for_review',
  advice,
});
const block = (fault: Fault, action: Action, advice: string): CategoryFacts => ({
  type: 'block_bounce',
  permanentType: 'block_bounce',
  permanence: 'permanent',
  fault,
  action,
  advice,
});

export const categories = {
  invalid_address: hard(
    'remove_immediately',
    'The address is not well-formed for its receiver. Correct it at the source.',
  ),
  domain_not_found: hard(
    'remove_immediately',
    'The domain does not exist or takes no mail. Check it for a typing error.',
  ),
  user_not_found: hard('remove_immediately', 'The receiver knows no such mailbox. Stop mailing this address.'),
  mailbox_disabled: hard('remove_immediately', 'The mailbox exists no longer or is switched off. Stop mailing it.'),
  mailbox_moved: hard('move_to_suppression', 'The person has another address now. Ask for it through another channel.'),
  suppressed_by_provider: hard(
    'move_to_suppression',
    'A provider on the way refuses this address because of earlier failures.',
  ),
  mailbox_full: soft(
    'recipient',
    'retry_with_delay',
    'The mailbox is over its quota. Try later; a mailbox that stays full is abandoned.',
  ),
  server_error: soft('receiver', 'retry_with_delay', 'The receiving system has a fault of its own. Try later.'),
  connection_timeout: soft('network', 'retry_with_delay', 'The receiving system could not be reached. Try later.'),
  system_full: soft('receiver', 'retry_with_delay', 'The receiving system is out of space. Try later.'),
  rate_limiting: soft(
    'receiver',
    'retry_with_delay',
    'Too much mail in too short a time. Slow down for this receiver.',
  ),
  tls_failure: soft(
    'network',
    'retry_with_delay',
    'No encrypted connection could be made. Check certificates and TLS policies.',
  ),
  delivery_delay: soft('network', 'no_action', 'The mail is late; the mail system still tries.'),
  message_too_large: either('sender', 'The mail is larger than the receiver takes. Send a link instead.'),
  protocol_error: either('sender', 'The two mail systems misunderstood each other. Look at the dialogue.'),
  relay_denied: either(
    'receiver',
    'The system asked does not serve this domain. Check the MX records of the recipient.',
  ),
  policy_rejection: block('sender', 'flag_for_review', 'A policy of the receiver refuses this mail. Read its text.'),
  content_filter: block(
    'content',
    'flag_for_review',
    'Something in the content is refused: a link, an attachment, a word.',
  ),
  spam_filter: block(
    'content',
    'flag_for_review',
    'The receiver takes the mail for spam. Look at content and list quality.',
  ),
  virus_detected: block('content', 'flag_for_review', 'A scanner found malware, or believes so.'),
  authentication_failed: block(
    'sender',
    'update_reputation',
    'SPF, DKIM or DMARC failed. Repair the DNS records of the sending domain.',
  ),
  reputation_block: block(
    'sender',
    'update_reputation',
    'The sending address or domain is on a list or has a bad name. Find out why before more is sent.',
  ),
  vacation_reply: {
    type: 'auto_reply',
    permanentType: 'auto_reply',
    permanence: 'unknown',
    fault: 'none',
    action: 'no_action',
    advice: 'The person is away; the mail was delivered.',
  },
  unknown: either('unknown', 'Nothing known matches this text. A person should read it.'),
} as const satisfies Record<string, CategoryFacts>;

export type Category = keyof typeof categories;
export const categoryNames = Object.keys(categories) as Category[];

export function isCategory(word: string): word is Category {
  return Object.hasOwn(categories, word);
}

/** The type that a category has at a permanence (DESIGN: soft for 4.x, block for 5.x, where the table says so). */
export function typeOf(category: Category, permanence: Permanence): EventType {
  const facts = categories[category];
  return permanence === 'permanent'
    ? facts.permanentType
    : permanence === 'unknown' && facts.permanence === 'unknown'
      ? facts.permanentType
      : facts.type;
}
