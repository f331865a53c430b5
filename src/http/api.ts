/**
 * The API: limits first, then the key, then a route. Every answer that is not 2xx is a problem document; a request is
 * logged by its route's pattern, never by its path, which may hold an address.
 */
import swagger from '@fastify/swagger';
import { fastify, type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { keyCheck } from './auth.ts';
import type { Api, HttpParts } from './parts.ts';
import { Problem, problemBody, problemCodes, toProblem } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import { alertRoutes } from './routes/alerts.ts';
import { dispatchRoutes } from './routes/dispatches.ts';
import { elsewhereRoutes } from './routes/elsewhere.ts';
import { eventRoutes } from './routes/events.ts';
import { explainRoutes } from './routes/explain.ts';
import { healthRoutes } from './routes/health.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { postmasterRoutes } from './routes/postmaster.ts';
import { queueRoutes } from './routes/queue.ts';
import { reclassifyRoutes } from './routes/reclassify.ts';
import { providerRoutes } from './routes/providers.ts';
import { recipientRoutes } from './routes/recipients.ts';
import { reviewRoutes } from './routes/review.ts';
import { senderRoutes } from './routes/senders.ts';
import { sentRoutes } from './routes/sent.ts';
import { stuckRoutes } from './routes/stuck.ts';
import { suppressionRoutes } from './routes/suppressions.ts';
import { verpRoutes } from './routes/verp.ts';
import { compileValidator, type Provider } from './schema.ts';
import { nothing } from './shapes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no key. */
    public?: boolean;
  }
}

const requestTimeoutMs = 30_000;

/** For answers that are data, not pages: nothing may run, frame, sniff or keep them. */
const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

/** The whole API, ready for `inject` or for server.ts to listen. */
export async function buildApi(parts: HttpParts): Promise<Api> {
  const { options, log, metrics } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: options.http.maxBody,
    requestTimeout: requestTimeoutMs,
    // An address of 320 octets, each percent-encoded.
    routerOptions: { maxParamLength: 1000 },
    // Duplicate keys that reach an object's prototype are refused, not dropped.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    exposeHeadRoutes: false,
    forceCloseConnections: false,
    frameworkErrors: (error, request, reply) => void answer(error, request, reply),
  }).withTypeProvider<Provider>();
  app.setValidatorCompiler(compileValidator);
  app.removeContentTypeParser('text/plain');
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));

  const wait = createRateLimit(options.http.requestsPerSecond);
  const checkKey = keyCheck(parts.adminKey);

  function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const problem = toProblem(error);
    const { status } = problemCodes[problem.code];
    if (problem.code === 'internal') log.bug(`http ${request.method} ${routeOf(request)}`, error);
    if (problem.code === 'unavailable') log.databaseTrouble('http', error);
    if (problem.code === 'unavailable' && !reply.hasHeader('retry-after')) reply.header('retry-after', '5');
    if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="bouncemx"');
    return reply.code(status).headers(securityHeaders).type('application/problem+json').send(problemBody(problem));
  }

  app.setErrorHandler<FastifyError>(answer);
  app.setNotFoundHandler(() => {
    throw new Problem('notFound');
  });

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders);
    const seconds = wait(request.ip, performance.now());
    if (seconds > 0) {
      reply.header('retry-after', String(seconds));
      throw new Problem('tooManyRequests');
    }
    if (request.routeOptions.config.public !== true) checkKey(request.headers.authorization);
    // fastify would read compressed octets as JSON and call them broken.
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') throw new Problem('unsupportedMediaType');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const facts = { method: request.method, route: routeOf(request), status: reply.statusCode };
    metrics.httpRequests.inc({ route: facts.route, status: String(facts.status) });
    log.request({ ...facts, ms: Math.round(reply.elapsedTime) });
    done();
  });

  app.addHook('onRoute', (route) => {
    // A route without query parameters refuses them like any other unknown field; probes may add what they like.
    if (route.config?.public !== true && route.schema?.querystring === undefined)
      route.schema = { ...route.schema, querystring: nothing };
  });
  await app.register(swagger, { openapi: description(parts.version) });
  for (const routes of [
    eventRoutes,
    recipientRoutes,
    suppressionRoutes,
    explainRoutes,
    verpRoutes,
    sentRoutes,
    messageRoutes,
    elsewhereRoutes,
    reviewRoutes,
    alertRoutes,
    senderRoutes,
    dispatchRoutes,
    queueRoutes,
    providerRoutes,
    stuckRoutes,
    reclassifyRoutes,
    postmasterRoutes,
    healthRoutes,
    metricsRoutes,
  ])
    routes(app, parts);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

/** The pattern, such as `/v1/events/:id`: never the path. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

function description(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'bouncemx',
      version,
      description:
        'Who bounced, why, and what follows. Lists are pages `{items, next}`, newest first; every refusal is a problem document (RFC 9457) with a stable `code`.',
    },
    components: { securitySchemes: { key: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ key: [] }],
    tags: [
      { name: 'events', description: 'What came in and what was made of it' },
      { name: 'explanation', description: 'What a mail or a reply means, and why' },
      { name: 'recipients', description: 'What is known of an address' },
      { name: 'suppressions', description: 'Who must not be mailed' },
      { name: 'verp', description: 'Return-paths' },
      { name: 'sending', description: 'What is sent and was sent, how sending domains and providers stand' },
      { name: 'people', description: 'What waits for a person' },
      { name: 'operation', description: 'Health and housekeeping' },
    ],
  };
}
