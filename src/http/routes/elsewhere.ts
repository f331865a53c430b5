/** `POST /v1/dispatches`: mail that somebody else sends, made known; a return-path for each recipient. */
import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { dispatchStates } from '../../core/sending/dispatch.ts';
import { notUtf8 } from '../large-bodies.ts';
import { octetsOf } from '../message-body.ts';
import { registerProblems, type Api, type HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { refuseWithoutRoom } from '../room.ts';
import type { Provider } from '../schema.ts';
import { bulkBody, exactly, maxItems, nullable, nullableText, refusals, text, uuid, word } from '../shapes.ts';

const sent = exactly({
  messageId: Type.String({
    minLength: 1,
    maxLength: 900,
    pattern: '^<?[\\x21-\\x3b\\x3d\\x3f-\\x7e]+>?$',
    description: 'Message-ID, with or without brackets.',
  }),
  recipient: Type.String({ maxLength: 1000, description: 'The address that the mail goes to.' }),
  campaign: Type.Optional(text('Any word; rates are counted by it.')),
  sendingDomain: Type.Optional(text('The domain that the mail is sent for. Default: the first one configured.', 255)),
  raw: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'The whole message, base64: with it a retry is sent from here, where a relay carries its domain. Once for a message is enough.',
    }),
  ),
});

const result = Type.Object({
  recipient: Type.String({ description: 'As given.' }),
  dispatchId: nullable(uuid()),
  state: nullable(word(dispatchStates)),
  returnPath: nullableText('The envelope sender for this recipient; null where there is a problem.'),
  problem: nullable(
    word(registerProblems),
    '`suppressed`: send nothing; only what was told of before may go again while it is `temporarily_suppressed`.',
  ),
});

export function elsewhereRoutes(api: Api, { options, register, diskLow }: HttpParts): void {
  // A scope of its own: NDJSON is a body here and nowhere else.
  api.register((untyped, _, registered) => {
    const scope = untyped.withTypeProvider<Provider>();
    refuseWithoutRoom(scope, diskLow);
    scope.addContentTypeParser('application/x-ndjson', { parseAs: 'buffer' }, (_request, body: Buffer, parsed) => {
      try {
        if (!isUtf8(body)) throw notUtf8();
        parsed(null, { dispatches: linesOf(body.toString()) });
      } catch (error) {
        parsed(error instanceof Error ? error : new Problem('invalidJson'));
      }
    });
    scope.post(
      '/v1/dispatches',
      {
        ...bulkBody(options),
        schema: {
          operationId: 'register',
          tags: ['sending'],
          summary: 'Make known up to 10,000 mails that somebody else sends',
          description:
            'Use each `returnPath` as the envelope sender of that recipient: what comes back to it is settled with the dispatch. JSON, or `application/x-ndjson` with a line for each. Results stand in the order of the requests; one that fails does not fail the others. Telling the same message and recipient again gives the same dispatch, with another return-path.',
          consumes: ['application/json', 'application/x-ndjson'],
          body: exactly({ dispatches: Type.Array(sent, { maxItems }) }),
          response: { 200: Type.Object({ results: Type.Array(result) }), ...refusals },
        },
      },
      async ({ body: { dispatches } }: FastifyRequest<{ Body: { dispatches: Type.Static<typeof sent>[] } }>) => {
        const answers = await register(
          dispatches.map(({ messageId, recipient, campaign, sendingDomain, raw }, index) => ({
            messageId: messageId.replace(/^<|>$/g, ''),
            recipient,
            campaign: campaign ?? null,
            sendingDomain: sendingDomain ?? null,
            raw: raw === undefined ? null : octetsOf(raw, `/dispatches/${index}/raw`),
          })),
          'api:admin',
        );
        const results = dispatches.map(({ recipient }, index) => {
          const one = answers[index];
          return one?.ok === true
            ? { recipient, dispatchId: one.dispatchId, state: one.state, returnPath: one.returnPath, problem: null }
            : { recipient, dispatchId: null, state: null, returnPath: null, problem: one?.problem ?? 'noKey' };
        });
        return { results };
      },
    );
    registered();
  });
}

/** @throws Problem `invalidJson` that names the line. */
function linesOf(body: string): unknown[] {
  const found: unknown[] = [];
  for (const [index, line] of body.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      found.push(JSON.parse(line));
    } catch {
      throw new Problem('invalidJson', `line ${index + 1} is no JSON`);
    }
  }
  return found;
}
