/** `/v1/inspect` and `/v1/classify`: what bouncemx makes of a mail or of a reply, and why. Nothing is stored, nobody is suppressed. */
import { setImmediate } from 'node:timers/promises';
import Type from 'typebox';
import { types } from '../../core/classify/categories.ts';
import { classify } from '../../core/classify/classify.ts';
import type { Verdict } from '../../core/event.ts';
import { explainMessage } from '../../core/explain/explain.ts';
import { scanMessage } from '../../core/mime.ts';
import { claim } from '../../core/report/claim.ts';
import { explanation } from '../explanation.ts';
import type { Api, HttpParts } from '../parts.ts';
import { Problem } from '../problem.ts';
import { category, evidence } from '../rows.ts';
import { compileValidator } from '../schema.ts';
import { bulkBody, exactly, refusals, text, word } from '../shapes.ts';

/** What the daemon keeps of a mail. */
const maxMail = 1024 * 1024;
const maxRequests = 1000;
/** Texts that are judged before other requests have their turn. */
const atOnce = 50;
/** Of all texts of a request, with what stands beside them: a thousand of 1 KiB. */
const maxTexts = 1024 * 1024;
/** Nothing looks further than the first 4 KiB. */
const maxDiagnostic = 16_384;

const phases = ['connect', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data'] as const;

const request = exactly({
  text: Type.String({ maxLength: maxDiagnostic, description: 'The words of the receiver, as they came.' }),
  status: Type.Optional(
    Type.String({
      pattern: '^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$',
      description: 'RFC 3463, where it is known beside the words.',
    }),
  ),
  replyCode: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, description: 'RFC 5321 §4.2, likewise.' })),
  remoteMta: Type.Optional(text('The host that said it.', 255)),
  phase: Type.Optional(word(phases, 'The command that it answered.')),
});

const verdict = Type.Object({
  type: word(types),
  category,
  permanence: Type.String(),
  rule: Type.String({ description: 'The rule that decided.' }),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  evidence,
});

export function explainRoutes(api: Api, { options, rules, readMail, now }: HttpParts): void {
  api.post(
    '/v1/classify',
    {
      bodyLimit: Math.min(bulkBody(options).bodyLimit, maxTexts),
      schema: {
        operationId: 'classify',
        tags: ['explanation'],
        summary: 'What up to 1,000 replies or diagnostics mean',
        description:
          'Results stand in the order of the requests. An empty text with codes is judged by these. The body is at most 1 MiB.',
        body: exactly({ requests: Type.Array(request, { minItems: 1, maxItems: maxRequests }) }),
        response: { 200: Type.Object({ rulesVersion: Type.String(), results: Type.Array(verdict) }), ...refusals },
      },
    },
    async ({ body: { requests } }) => {
      const current = rules();
      const results: Verdict[] = [];
      for (const { text: diagnosticCode, ...known } of requests) {
        if (results.length > 0 && results.length % atOnce === 0) await setImmediate();
        results.push(classify(claim({ kind: 'delivery_status', diagnosticCode, ...known }), current));
      }
      return { rulesVersion: current.version, results };
    },
  );

  // A scope of its own: a mail is a body here and nowhere else, and JSON is none.
  api.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('message/rfc822', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post(
      '/v1/inspect',
      {
        bodyLimit: maxMail,
        // The body's schema is for the document: octets are octets.
        validatorCompiler: (route) =>
          route.httpPart === 'body' ? (data: unknown) => ({ value: data }) : compileValidator(route),
        schema: {
          operationId: 'inspect',
          tags: ['explanation'],
          summary: 'One mail, explained: its route and parts, what it says and where, which rules could have decided',
          description:
            'The body is the raw mail as `message/rfc822`, at most 1 MiB: of more, send the beginning. It is explained as `bouncemx inspect --json` does (docs/inspect.md), for recipients without a history; at most 10 of them are shown.',
          consumes: ['message/rfc822'],
          body: Type.String({ format: 'binary' }),
          response: { 200: explanation, ...refusals },
        },
      },
      async ({ body }) => {
        if (!Buffer.isBuffer(body) || body.length === 0) throw new Problem('invalidRequest', 'the body is no mail');
        const message = scanMessage(body);
        const read = await readMail(body, false);
        await setImmediate();
        return explainMessage(message, read, body.length, rules(), { bound: null, policy: options.policy, now: now() });
      },
    );
    done();
  });
}
