/** `POST /v1/verp`: return-paths for applications that hold no key of their own. */
import Type from 'typebox';
import { mintProblems, type Api, type HttpParts } from '../parts.ts';
import { bulkBody, exactly, maxItems, nullable, nullableText, refusals, text, word } from '../shapes.ts';

const forms = ['selfContained', 'opaque'] as const;

const request = exactly({
  recipient: Type.String({ maxLength: 1000, description: 'The address that the mail goes to.' }),
  messageId: Type.Optional(text('Message-ID without brackets; names the message when its report comes.')),
  campaign: Type.Optional(text('Any word; rates are counted by it.')),
  sendingDomain: Type.Optional(
    text('The domain that the mail is sent for; its key signs. Default: the first one configured.', 255),
  ),
  form: Type.Optional(word(forms, 'Force a form. Default: self-contained where the recipient fits, else opaque.')),
});

const result = Type.Object({
  recipient: Type.String({ description: 'As given.' }),
  address: nullableText('The return-path; null where there is a problem.'),
  form: nullable(word(forms)),
  problem: nullable(word(mintProblems), 'Why there is no return-path.'),
});

export function verpRoutes(api: Api, { mint, options }: HttpParts): void {
  api.post(
    '/v1/verp',
    {
      ...bulkBody(options),
      schema: {
        operationId: 'mint',
        tags: ['verp'],
        summary: 'Mint up to 10,000 return-paths',
        description: 'Results stand in the order of the requests; one that fails does not fail the others.',
        body: exactly({ requests: Type.Array(request, { maxItems }) }),
        response: { 200: Type.Object({ results: Type.Array(result) }), ...refusals },
      },
    },
    async ({ body: { requests } }) => {
      const minted = await mint(
        requests.map(({ recipient, messageId, campaign, sendingDomain, form }) => ({
          recipient,
          messageId: messageId ?? null,
          campaign: campaign ?? null,
          sendingDomain: sendingDomain ?? null,
          form: form ?? null,
        })),
      );
      const results = requests.map(({ recipient }, index) => {
        const one = minted[index];
        return one?.ok === true
          ? { recipient, address: one.address, form: one.form, problem: null }
          : { recipient, address: null, form: null, problem: one?.problem ?? 'noKey' };
      });
      return { results };
    },
  );
}
