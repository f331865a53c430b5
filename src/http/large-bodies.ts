/**
 * Bodies of up to 25 MiB, for the routes that take mail. What all of them may hold at once is bounded: a body costs several
 * times its octets while it is read, so that a few of them more are asked to come again.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Api } from './parts.ts';
import { Problem } from './problem.ts';

export const largeBody = 25 * 1024 * 1024;
const atOnce = 64 * 1024 * 1024;

/** RFC 8259 §8.1. Read in another charset, an address would become somebody else's and a text nobody's. */
export const notUtf8 = (): Problem => new Problem('invalidJson', 'The body is not UTF-8.');

/** The media types that a scope takes, and the digest of each request's body. */
export interface LargeBodies {
  /** SHA-256 of the octets of the body and of the query. */
  digestOf(request: FastifyRequest): Buffer;
}

/** Makes a scope read `application/json` and `message/rfc822` (a Buffer), each body counted. */
export function takeLargeBodies(scope: Api): LargeBodies {
  const digests = new WeakMap<object, Buffer>();
  const held = new WeakMap<object, number>();
  let total = 0;

  scope.addHook('preParsing', (request, reply, payload, done) => {
    const length = Number(request.headers['content-length'] ?? largeBody);
    if (total > 0 && total + length > atOnce) {
      reply.header('retry-after', '1');
      done(new Problem('tooManyRequests', 'Too many large bodies at once; try again.'));
      return;
    }
    const octets = Math.min(length, largeBody);
    total += octets;
    held.set(request, octets);
    done(null, payload);
  });
  // Also where the peer went away.
  scope.addHook('onResponse', (request, _reply, done) => {
    total -= held.get(request) ?? 0;
    held.delete(request);
    done();
  });

  const remember = (request: FastifyRequest, body: Buffer): void => {
    digests.set(request, createHash('sha256').update(request.url).update('\n').update(body).digest());
  };
  const readJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, parsed) => {
    remember(request, body);
    if (!isUtf8(body)) {
      parsed(notUtf8());
      return;
    }
    // fastify's own parser calls back; its type promises either.
    void readJson(request, body.toString('utf8'), parsed);
  });
  scope.addContentTypeParser('message/rfc822', { parseAs: 'buffer' }, (request, body: Buffer, parsed) => {
    remember(request, body);
    parsed(null, body);
  });
  return { digestOf: (request) => digests.get(request) ?? Buffer.alloc(0) };
}
