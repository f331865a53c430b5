/**
 * Requests against their schemas. One definition (TypeBox, which is JSON Schema) gives the check, the types of a route and
 * its page in the OpenAPI document. Bodies are taken literally; query parameters, which are text, are converted first.
 * Answers are written by JSON.stringify: their schemas are documentation, and a test holds the answers to them.
 */
import type { FastifySchemaCompiler, FastifyTypeProvider } from 'fastify';
import type Type from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem, type Place } from './problem.ts';

/** Types of params, querystring and body from their schemas. */
export interface Provider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends Type.TSchema ? Type.Static<this['schema']> : unknown;
}

/** No more places are named than a person reads. */
const maxPlaces = 20;

export const compileValidator: FastifySchemaCompiler<Type.TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const fromText = httpPart === 'querystring';
  return (data: unknown) => {
    const value = fromText ? validator.Convert(validator.Default(data)) : data;
    if (validator.Check(value)) return { value };
    const problems = nearest(validator.Errors(value)).flatMap(placesOf).slice(0, maxPlaces);
    const first = problems[0];
    const detail = first === undefined ? undefined : `${first.path === '' ? 'the body' : first.path} ${first.message}`;
    return { error: new Problem('invalidRequest', detail, problems) };
  };
};

type Fault = ReturnType<ReturnType<typeof Compile>['Errors']>[number];

/**
 * Where a value may have several forms, each says what speaks against it: what it is not meant to be is no news as long as a
 * form that fits better has something to say.
 */
function nearest(faults: readonly Fault[]): readonly Fault[] {
  const telling = faults.filter(({ keyword }) => keyword !== 'anyOf');
  const kept = telling.filter(
    ({ keyword, instancePath: at }) =>
      keyword !== 'type' ||
      !telling.some(
        (other) => other.instancePath.startsWith(`${at}/`) || (other.instancePath === at && other.keyword !== 'type'),
      ),
  );
  return kept.length > 0 ? kept : faults;
}

function placesOf(fault: Fault): Place[] {
  const at = fault.instancePath;
  const below = (names: readonly string[], message: string): Place[] =>
    names.map((name) => ({ path: shown(`${at}/${name}`), message }));
  // Comes in pairs with `additionalProperties`, which says it better.
  if (fault.keyword === 'boolean') return [];
  if (fault.keyword === 'additionalProperties') return below(fault.params.additionalProperties, 'is not a known field');
  if (fault.keyword === 'required') return below(fault.params.requiredProperties, 'is missing');
  if (fault.keyword === 'enum')
    return [{ path: shown(at), message: `must be one of ${fault.params.allowedValues.map(String).join(', ')}` }];
  return [{ path: shown(at), message: fault.message }];
}

/** Names come from the request: short and without controls in the answer. */
function shown(path: string): string {
  return path.slice(0, 200).replace(/[\0-\x1f\x7f-\x9f]/gu, '�');
}
