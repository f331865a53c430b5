/** What the readers of prose look at: the sender's side of a report, its words for people, and what was heard in both. */
import type { Returned } from './returned.ts';

export interface Envelope {
  readonly subject: string;
  /** Lower case. */
  readonly subjectLower: string;
  /** What the subject says of what readers look for. */
  readonly heard: HeardSubject;
  readonly from: string;
  readonly fromAddress: string | null;
  /** The addresses of To: the reverse-path of the mail that came back. */
  readonly to: readonly string[];
  /** Sent by a mailer-daemon, a postmaster, or under a name that mail systems use. */
  readonly bySystem: boolean;
  readonly nullReturnPath: boolean;
  /** Mailing lists and newsletters mark themselves so; bounces never do. */
  readonly fromList: boolean;
  /** Part of a conversation: an answer or a forward by a person. */
  readonly inThread: boolean;
  /** RFC 3834 §5: `auto-replied`, `auto-generated` …; empty where absent or `no`. */
  readonly autoSubmitted: string;
  readonly precedence: string;
  readonly failedRecipients: readonly string[];
}

export interface Notification {
  readonly lines: readonly string[];
  /** The lines in one, as written and in lower case. */
  readonly text: string;
  readonly lower: string;
  /** What they say of what readers look for. */
  readonly heard: HeardWords;
  readonly returned: Returned | null;
  /** True where a returned message stands in a part of its own or below a mark in the text. */
  readonly returns: boolean;
  /** The text from the copy's header on, where a copy stands below a mark. */
  readonly below: string | null;
}

/** What readers listen for in a notification: numbers in the lists of the readers, -1 where nothing of a list is said. */
export interface HeardWords {
  readonly sign: number;
  readonly body: number;
  /** Where else the outcome is not looked for any more. */
  readonly delayAnywhere: number;
  readonly delay: number;
  readonly final: number;
  readonly arrived: number;
  readonly challenge: number;
}

/** The same for a subject. */
export interface HeardSubject {
  readonly failure: number;
  readonly foreignFailure: number;
  readonly notice: number;
  readonly digest: number;
  readonly challenge: number;
  readonly confirmation: number;
  readonly autoReply: number;
}
