/** Schemas that several routes share: pages, problems, bounded text. */
import Type from 'typebox';
import type { Options } from '../config/options.ts';
import { problemCodes, type ProblemCode } from './problem.ts';

/** Items in one bulk request. */
export const maxItems = 10_000;
/** Items in one page: where nobody says, and at most. */
export const usualPage = 50;
const maxPage = 500;

/** Bulk routes take four times the ordinary body: 10,000 addresses of 400 octets. */
export const bulkBody = (options: Options): { bodyLimit: number } => ({ bodyLimit: 4 * options.http.maxBody });

const described = (description: string | undefined) => (description === undefined ? {} : { description });

/** One of a closed list. */
export const word = <const W extends string>(words: readonly W[], description?: string) =>
  Type.Enum([...words] as W[], described(description));

/** Free text of bounded length without U+0000, which PostgreSQL can't hold. */
export const text = (description: string, maxLength = 500) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]*$', description });

export const nullable = <S extends Type.TSchema>(schema: S, description?: string) =>
  Type.Union([schema, Type.Null()], described(description));

export const time = (description?: string) => Type.String({ format: 'date-time', ...described(description) });
export const uuid = (description?: string) => Type.String({ format: 'uuid', ...described(description) });
export const nullableText = (description?: string) => nullable(Type.String(), description);

/** An object of a request: what is not listed is refused. */
export const exactly = <P extends Type.TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** Query parameters of every list. */
export const paging = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxPage, default: usualPage, description: 'Items in the page.' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before.' })),
};

/** One page of a list. */
export const page = <S extends Type.TSchema>(item: S) =>
  Type.Object({
    items: Type.Array(item),
    next: nullable(Type.String(), 'The cursor of the next page; null at the end.'),
  });

const problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: word(Object.keys(problemCodes) as ProblemCode[]),
  detail: Type.String(),
  problems: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
});
const refusal = {
  description: 'Problem details (RFC 9457)',
  content: { 'application/problem+json': { schema: problem } },
};

/** What every route with a key may answer besides its own. */
export const refusals = { '4xx': refusal, '5xx': refusal };

/** For routes that take no query parameters. */
export const nothing = exactly({});
