/**
 * The words that readers look for in a notification and in its header, each kind found in one pass: the readers ask for some two
 * thousand, and each would go through the text again.
 */
import { indexGroups } from '../phrases.ts';
import { challengeWords, strongSubjects, subjects } from './challenge.ts';
import type { HeardSubject, HeardWords } from './letter.ts';
import { noticeSubjects } from './lookalike.ts';
import { digestSubjects } from './notice.ts';
import { arrivedWords, delayWords, failedSubjects, finalWords, outcomeWithin } from './outcome.ts';
import { bodyWords, formSigns, subjectWords } from './prose.ts';
import { autoReplySubjects } from './rfc3834.ts';

const inWords = indexGroups(
  [formSigns, bodyWords, delayWords, delayWords, finalWords, arrivedWords, challengeWords],
  [Infinity, Infinity, Infinity, outcomeWithin, outcomeWithin, outcomeWithin, Infinity],
);

/** @param lower in lower case. */
export function hearWords(lower: string): HeardWords {
  const [sign = -1, body = -1, delayAnywhere = -1, delay = -1, final = -1, arrived = -1, challenge = -1] =
    inWords(lower);
  return { sign, body, delayAnywhere, delay, final, arrived, challenge };
}

const inSubject = indexGroups(
  [subjectWords, failedSubjects, noticeSubjects, digestSubjects, strongSubjects, subjects, autoReplySubjects],
  [Infinity, Infinity, Infinity, Infinity, Infinity, Infinity, Infinity],
);

/** @param lower in lower case. */
export function hearSubject(lower: string): HeardSubject {
  const [
    failure = -1,
    foreignFailure = -1,
    notice = -1,
    digest = -1,
    challenge = -1,
    confirmation = -1,
    autoReply = -1,
  ] = inSubject(lower);
  return { failure, foreignFailure, notice, digest, challenge, confirmation, autoReply };
}
