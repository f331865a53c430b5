/**
 * One mail, explained: the way it took, the parts it has, what each report says and where that stands, every rule that could have
 * decided, the verdict, and what would follow. `bouncemx inspect` shows it and `POST /v1/inspect` answers with it; docs/inspect.md
 * describes it. Total and bounded like the reading itself: 1 MiB of mail, 10 recipients, 100 rules each.
 */
import { identityOf } from '../address.ts';
import type { Category } from '../classify/categories.ts';
import { candidatesIn } from '../classify/candidates.ts';
import { classify, look } from '../classify/classify.ts';
import { inWords } from '../classify/evidence.ts';
import type { RuleSet, Unmet } from '../classify/rule-set.ts';
import { categoryOfReply, categoryOfStatus } from '../classify/status-table.ts';
import type { Phase, ReadMessage, Report, Verdict } from '../event.ts';
import { readHeaders } from '../mime-headers.ts';
import type { MimeMessage } from '../mime.ts';
import { isReturnedPart } from '../report/returned.ts';
import { wouldFollow, type Assumed, type WouldFollow } from './outcome.ts';
import { partsOf, type PartFound } from './parts.ts';
import { placesIn, type Place } from './places.ts';
import { routeOf, type Hop } from './route.ts';

/** A rule that could have decided, in the order in which rules are asked. */
export interface CandidateFound {
  readonly rule: string;
  /** The rule file, and the line in it where that is known. */
  readonly file: string;
  readonly line: number | null;
  /** Where the receiver documents its words. */
  readonly docs: string | null;
  readonly category: Category;
  readonly confidence: number;
  /** The words in the diagnostic; null where the rule asks for none. */
  readonly words: string | null;
  /**
   * `first`: it holds and none before it does, so it decides (in a delay notice it only gives the reason). `later`: another came
   * first. Else the condition that is not met; `tooEarly` is a hard bounce before any recipient was named.
   */
  readonly result: 'first' | 'later' | Unmet;
}

/** What the codes say by themselves, without words. */
export interface CodesAlone {
  readonly statuses: readonly { readonly code: string; readonly category: Category | null }[];
  readonly replies: readonly { readonly code: number; readonly category: Category | null }[];
  readonly phase: Phase | null;
}

export interface ReportExplained {
  readonly report: Report;
  /** The recipient in identity form; null where nobody is named. */
  readonly recipient: string | null;
  readonly places: readonly Place[];
  /** Empty where the kind or the action decides and no rule is asked. */
  readonly candidates: readonly CandidateFound[];
  readonly codes: CodesAlone;
  readonly verdict: Verdict;
  readonly wouldFollow: WouldFollow;
}

export interface Explanation {
  readonly message: Omit<ReadMessage, 'reports'> & { readonly octets: number };
  /** The way of the report to its reader, and that of the returned mail as far as it came. */
  readonly route: readonly Hop[];
  readonly returnedRoute: readonly Hop[];
  readonly parts: readonly PartFound[];
  /** At least one; at most 10 of `message.recipientCount`. */
  readonly reports: readonly ReportExplained[];
  readonly rulesVersion: string;
}

const maxReports = 10;
const maxCandidates = 100;

/**
 * Explains a mail.
 * @param read the claims, as read from `message` or, where that is odd, by another parser.
 * @param octets of the mail as it came.
 */
export function explainMessage(
  message: MimeMessage,
  read: ReadMessage,
  octets: number,
  rules: RuleSet,
  assumed: Assumed,
): Explanation {
  const { reports, ...rest } = read;
  const parts = partsOf(message);
  const places = placesIn(message, parts, octets);
  const returned = message.parts.find(({ type }) => isReturnedPart(type));
  const explained = new Map<string, WordsExplained>();
  return {
    message: { ...rest, octets },
    route: routeOf(message.headers),
    returnedRoute: returned === undefined ? [] : routeOf(readHeaders(returned.text().trimStart(), 0)),
    parts,
    reports: reports.slice(0, maxReports).map((report) => {
      const verdict = classify(report, rules);
      return {
        report,
        recipient: report.finalRecipient === null ? null : identityOf(report.finalRecipient),
        places: places.of(report, verdict.evidence),
        ...explainedOnce(explained, report, rules),
        verdict,
        wouldFollow: wouldFollow(read, report, verdict, assumed),
      };
    }),
    rulesVersion: rules.version,
  };
}

type WordsExplained = Pick<ReportExplained, 'candidates' | 'codes'>;

/** Ten recipients often share their words, which may be 4 KiB that hundreds of rules are found in. */
function explainedOnce(known: Map<string, WordsExplained>, report: Report, rules: RuleSet): WordsExplained {
  const { kind, diagnosticCode, status, replyCode, remoteMta, phase } = report;
  const key = [kind, status, replyCode, remoteMta, phase, diagnosticCode].join('\n');
  const made = known.get(key) ?? explainWords(report, rules);
  known.set(key, made);
  return made;
}

/** What rules and codes say of one report; a kind that needs neither has none. */
function explainWords(report: Report, rules: RuleSet): WordsExplained {
  if (report.kind !== 'delivery_status') return { candidates: [], codes: { statuses: [], replies: [], phase: null } };
  const looked = look(report);
  const { facts, folded } = looked;
  const candidates = candidatesIn(rules, folded.text, facts);
  const first = candidates.find(({ unmet }) => unmet === null);
  return {
    candidates: candidates.slice(0, maxCandidates).map((candidate) => ({
      rule: candidate.rule.id,
      file: candidate.rule.file,
      line: candidate.rule.line,
      docs: candidate.rule.docs,
      category: candidate.rule.category,
      confidence: candidate.rule.confidence,
      words: candidate.span === null ? null : inWords(looked, candidate.span).text,
      result: candidate.unmet ?? (candidate === first ? 'first' : 'later'),
    })),
    codes: {
      statuses: facts.statuses.map((code) => ({
        code,
        category: code.startsWith('2') ? null : categoryOfStatus(code),
      })),
      replies: facts.replies.map((code) => ({ code, category: categoryOfReply(code) })),
      phase: facts.phase,
    },
  };
}
