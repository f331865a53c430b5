/** `/healthz`: this process answers. `/readyz`: it can do its work. Neither needs a key, neither tells a version. */
import Type from 'typebox';
import type { Api, HttpParts } from '../parts.ts';

const state = Type.Object({ status: Type.String(), missing: Type.Optional(Type.Array(Type.String())) });

export function healthRoutes(api: Api, { ready }: HttpParts): void {
  api.get(
    '/healthz',
    {
      config: { public: true },
      schema: {
        operationId: 'healthz',
        tags: ['operation'],
        summary: 'The process lives',
        security: [],
        response: { 200: state },
      },
    },
    () => ({ status: 'ok' }),
  );
  api.get(
    '/readyz',
    {
      config: { public: true },
      schema: {
        operationId: 'readyz',
        tags: ['operation'],
        summary: 'Reports are taken and worked on',
        description: '503 names what is missing.',
        security: [],
        response: { 200: state, 503: state },
      },
    },
    async (_request, reply) => {
      const missing = await ready();
      if (missing.length === 0) return { status: 'ready' };
      return reply.code(503).send({ status: 'unready', missing });
    },
  );
}
