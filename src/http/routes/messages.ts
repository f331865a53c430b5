/** `POST /v1/messages`: mail for sending, raw or as fields; a dispatch for each recipient. */
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { dispatchStates } from '../../core/sending/dispatch.ts';
import { handOverWords, type HandOverRefusal, type HandOverRequest } from '../../core/sending/hand-over.ts';
import { largeBody, takeLargeBodies } from '../large-bodies.ts';
import { about, fieldsOf, messageBody, octetsOf, type MessageBody } from '../message-body.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem, type Place, type ProblemCode } from '../problem.ts';
import { refuseWithoutRoom } from '../room.ts';
import { compileValidator, type Provider } from '../schema.ts';
import { exactly, nullable, refusals, uuid, word } from '../shapes.ts';

const longestKey = 200;
const maxPlaces = 20;

const query = exactly({
  ...about,
  recipient: Type.Optional(
    Type.Array(Type.String({ maxLength: 1000 }), {
      maxItems: 100,
      description: 'Who gets a message/rfc822 body; may stand several times. Default: To, Cc and Bcc.',
    }),
  ),
});

const answer = Type.Object({
  id: uuid('The message.'),
  messageId: Type.String({ description: 'Its Message-ID without brackets.' }),
  outcome: word(['stored', 'repeated'], '`repeated`: the idempotency key was here before; nothing new is sent.'),
  recipients: Type.Array(
    Type.Object({
      recipient: Type.String({ description: 'As given.' }),
      dispatchId: nullable(uuid()),
      state: nullable(word(dispatchStates)),
      problem: nullable(
        word(['invalidAddress', 'suppressed']),
        '`suppressed`: nothing is sent; `GET /v1/suppressions/{address}` says why, `DELETE` lifts it.',
      ),
    }),
    { description: 'In the order of the request.' },
  ),
});

const problemOf: Readonly<Record<HandOverRefusal, ProblemCode>> = {
  noHeader: 'unsendable',
  badHeader: 'unsendable',
  headerTooLong: 'unsendable',
  noFrom: 'unsendable',
  tooManyReceived: 'unsendable',
  loop: 'unsendable',
  tooLarge: 'bodyTooLarge',
  notOurDomain: 'unknownSendingDomain',
  noKey: 'unknownSendingDomain',
  noRelay: 'noRelay',
  noRecipient: 'noRecipient',
  tooManyRecipients: 'invalidRequest',
  keyReused: 'keyReused',
};

type Content = Pick<HandOverRequest, 'raw' | 'recipients' | 'sendingDomain' | 'campaign' | 'stream'>;

export function messageRoutes(api: Api, { compose, handOver, recipientsIn, diskLow }: HttpParts): void {
  // A scope of its own: nothing but these bodies may be so large.
  api.register((untyped, _, registered) => {
    const scope = untyped.withTypeProvider<Provider>();
    refuseWithoutRoom(scope, diskLow);
    const bodies = takeLargeBodies(scope);
    const validateJson = compileValidator({
      schema: messageBody,
      method: 'POST',
      url: '/v1/messages',
      httpPart: 'body',
    });
    scope.post(
      '/v1/messages',
      {
        bodyLimit: largeBody,
        validatorCompiler: (route) =>
          route.httpPart === 'body'
            ? (data: unknown) => (Buffer.isBuffer(data) ? { value: data } : validateJson(data))
            : compileValidator(route),
        schema: {
          operationId: 'handOver',
          tags: ['sending'],
          summary: 'Hand a message over for sending, to at most 1,000 recipients',
          description:
            'JSON with `raw` or with fields as nodemailer names them; or the message itself as `message/rfc822`, with the rest in the query. At most 25 MiB. A 200 means that message and dispatches are committed; one recipient that is refused does not fail the others. The header `Idempotency-Key` (or the field) makes it safe to ask again: the same request gives the same answer and sends nothing twice.',
          consumes: ['application/json', 'message/rfc822'],
          querystring: query,
          body: messageBody,
          response: { 200: answer, ...refusals },
        },
      },
      async (request) => {
        // By its content type a body that is no JSON.
        const body: unknown = request.body;
        const content = Buffer.isBuffer(body)
          ? fromMail(body, request.query)
          : await fromJson(request.body, request.query);
        const key = idempotencyKey(request, Buffer.isBuffer(body) ? undefined : request.body.idempotencyKey);
        const handed = await handOver({
          ...content,
          origin: 'api',
          submitter: 'api:admin',
          envelopeSender: '',
          idempotency: key === null ? null : { key, hash: bodies.digestOf(request) },
        });
        if (!handed.ok) throw refused(handed.why, content.recipients);
        const { id, messageId, outcome, recipients } = handed;
        return { id, messageId, outcome, recipients };
      },
    );
    registered();
  });

  function fromMail(raw: Buffer, { recipient, ...rest }: Type.Static<typeof query>): Content {
    return { raw, recipients: recipient ?? named(raw), ...words(rest) };
  }

  async function fromJson(body: MessageBody, given: Type.Static<typeof query>): Promise<Content> {
    const [parameter] = Object.keys(given);
    if (parameter !== undefined) throw invalid(parameter, 'belongs into the body');
    if (body.raw !== undefined) {
      if (body.from !== undefined) throw invalid('/raw', 'and /from exclude each other');
      const raw = octetsOf(body.raw, '/raw');
      return { raw, recipients: body.recipients ?? named(raw), ...words(body) };
    }
    const composed = await compose(fieldsOf(body));
    if (!composed.ok) throw invalid(composed.problem.path, composed.problem.message);
    return { raw: composed.raw, recipients: body.recipients ?? composed.recipients, ...words(body) };
  }

  function named(raw: Buffer): readonly string[] {
    const found = recipientsIn(raw);
    if (found === null) throw new Problem('unsendable', 'The header is too long to take the recipients from it');
    return found;
  }
}

function words({ sendingDomain, campaign, stream }: Pick<MessageBody, 'sendingDomain' | 'campaign' | 'stream'>) {
  return { sendingDomain: sendingDomain ?? null, campaign: campaign ?? null, stream: stream ?? null };
}

function idempotencyKey({ headers }: FastifyRequest, field: string | undefined): string | null {
  const header = headers['idempotency-key'];
  if (header === undefined) return field ?? null;
  if (typeof header !== 'string' || header === '' || header.length > longestKey || !/^[\x20-\x7e]+$/.test(header))
    throw invalid('Idempotency-Key', `must be 1 to ${longestKey} printable characters`);
  if (field !== undefined && field !== header) throw invalid('/idempotencyKey', 'differs from the header');
  return header;
}

function refused(why: HandOverRefusal, recipients: readonly string[]): Problem {
  const places: Place[] =
    why === 'noRecipient'
      ? recipients
          .slice(0, maxPlaces)
          .map((_, index) => ({ path: `/recipients/${index}`, message: 'is no mail address' }))
      : [];
  return new Problem(problemOf[why], handOverWords[why], places);
}

function invalid(path: string, message: string): Problem {
  return new Problem('invalidRequest', `${path} ${message}`, [{ path, message }]);
}
