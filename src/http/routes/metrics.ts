/** `/metrics`: our own registry and the process's, in Prometheus' text format 0.0.4. */
import Type from 'typebox';
import type { Api, HttpParts } from '../parts.ts';

export function metricsRoutes(api: Api, { metrics }: HttpParts): void {
  api.get(
    '/metrics',
    {
      config: { public: true },
      schema: {
        operationId: 'metrics',
        tags: ['operation'],
        summary: 'Everything that is counted, for Prometheus',
        produces: ['text/plain'],
        security: [],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => {
      const [own, process] = await Promise.all([metrics.registry.metrics(), metrics.processRegistry.metrics()]);
      return reply.type(metrics.registry.contentType).send(`${own}\n${process}`);
    },
  );
}
