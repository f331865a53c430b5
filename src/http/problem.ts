/**
 * What the API says when it refuses: problem details (RFC 9457), each with a stable `code` from the list below. Nothing of
 * an inner error reaches a peer: what is not on the list is `internal`, and the log alone knows more.
 */
import { STATUS_CODES } from 'node:http';
import { StoreError } from '../store/db.ts';

/** Every code, with its status and what it means: the one list that docs/api.md shows. */
export const problemCodes = {
  invalidRequest: {
    status: 400,
    meaning: 'A parameter or the body is not as documented; `problems` names each place.',
  },
  invalidJson: { status: 400, meaning: 'The body is no JSON, or has a key that no object may have.' },
  invalidAddress: { status: 400, meaning: 'The address in the path is no mail address.' },
  invalidCursor: { status: 400, meaning: 'The cursor is not one that this API gave out.' },
  unauthorized: { status: 401, meaning: 'No key, or not the right one: `Authorization: Bearer <key>`.' },
  notFound: { status: 404, meaning: 'No such route, or nothing with this id.' },
  notSuppressed: { status: 404, meaning: 'The address is not suppressed: there is nothing to lift.' },
  noRelay: { status: 409, meaning: 'No [[relay]] is configured for the sending domain: mail could not be sent on.' },
  keyReused: { status: 409, meaning: 'The idempotency key was used for another request.' },
  stopped: { status: 409, meaning: 'The run was stopped: another one takes it back.' },
  notPossible: { status: 409, meaning: 'The dispatch is in a state from which that leads nowhere; `detail` names it.' },
  notKept: { status: 409, meaning: 'The message is not stored here (any more): nothing can be sent again.' },
  bodyTooLarge: { status: 413, meaning: 'The body is larger than the route takes.' },
  unsupportedMediaType: {
    status: 415,
    meaning:
      'A body must be application/json without Content-Encoding (message/rfc822 for `/v1/inspect`; that, too, for `/v1/messages`, and NDJSON for `/v1/dispatches`).',
  },
  unsendable: { status: 422, meaning: 'The message can’t be sent as it is; `detail` says why. Nothing was stored.' },
  unknownSendingDomain: { status: 422, meaning: 'It is no sending domain of ours, or has no key. Nothing was stored.' },
  noRecipient: { status: 422, meaning: 'None of the recipients is a mail address. Nothing was stored.' },
  tooManyRequests: { status: 429, meaning: 'Too many requests from this peer; Retry-After says how long to wait.' },
  internal: { status: 500, meaning: 'A fault of ours; the log has it.' },
  unavailable: { status: 503, meaning: 'The database can’t be asked just now; try again.' },
} as const;
export type ProblemCode = keyof typeof problemCodes;

export interface Place {
  /** JSON pointer into the body, or the name of the parameter. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemBody {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly problems?: readonly Place[];
}

/** Thrown by routes and hooks; the error translator of api.ts turns it into an answer. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly problems: readonly Place[];
  constructor(code: ProblemCode, detail: string = problemCodes[code].meaning, problems: readonly Place[] = []) {
    super(detail);
    this.code = code;
    this.problems = problems;
  }
}

export function problemBody(problem: Problem): ProblemBody {
  const { status } = problemCodes[problem.code];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    code: problem.code,
    detail: problem.message,
    ...(problem.problems.length === 0 ? {} : { problems: problem.problems }),
  };
}

/** Codes of fastify's errors that are the peer's fault. */
const frameworkCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'bodyTooLarge',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupportedMediaType',
  FST_ERR_CTP_EMPTY_TYPE: 'unsupportedMediaType',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalidJson',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalidJson',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalidRequest',
  FST_ERR_BAD_URL: 'invalidRequest',
  // The peer went away in the middle of its body.
  ECONNRESET: 'invalidRequest',
  FST_ERR_MAX_PARAM_LENGTH: 'notFound',
};

/** Turns anything thrown into a problem. `internal` and `unavailable` are ours and belong in the log. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreError) return fromStore(error);
  if (!(error instanceof Error)) return new Problem('internal');
  if (error instanceof SyntaxError && statusOf(error) === 400) return new Problem('invalidJson');
  const code = 'code' in error && typeof error.code === 'string' ? frameworkCodes[error.code] : undefined;
  return code === undefined ? new Problem('internal') : new Problem(code);
}

function fromStore(error: StoreError): Problem {
  switch (error.failure) {
    case 'unavailable':
    case 'full':
    case 'conflict':
      return new Problem('unavailable');
    case 'data':
      // Such as U+0000, which PostgreSQL stores nowhere.
      return new Problem('invalidRequest', 'A value can’t be stored or compared.');
    case 'bug':
      return new Problem('internal');
  }
}

function statusOf(error: Error): number | null {
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null;
}
