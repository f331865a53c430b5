/**
 * The API on its sockets. Its own limits keep a flood here from ever reaching the SMTP side: connections, time for the
 * headers, time for the whole request (node:http cuts what is slower).
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { buildApi } from './api.ts';
import type { HttpParts } from './parts.ts';

const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  /** How often node:http looks for connections that are too slow. */
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
} as const;
const maxConnections = 1000;
/** How long running requests may take to end when we close. */
const drainMs = 5000;

export interface RunningHttp {
  /** `127.0.0.1:8080`, `[::1]:8080`: where it really listens. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

export interface HttpSetup extends HttpParts {
  /** Listening sockets that systemd gave us; they replace `http.listen`. */
  readonly inherited?: readonly number[];
  /** For tests: shorter times for slow peers. */
  readonly headersTimeout?: number;
}

/** Starts the API on every `http.listen`. Rejects with node's error (`EADDRINUSE` …) when one can't be had. */
export async function startHttp(setup: HttpSetup): Promise<RunningHttp> {
  const api = await buildApi(setup);
  const inherited = setup.inherited ?? [];
  const wanted =
    inherited.length > 0 ? inherited.map((fd) => ({ fd })) : setup.options.http.listen.map((text) => hostAndPort(text));
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => closeServer(server)));
    await api.close();
  };
  try {
    for (const where of wanted) {
      const headersTimeout = setup.headersTimeout ?? limits.headersTimeout;
      const server = createServer({ ...limits, headersTimeout }, (request, response) => {
        api.routing(request, response);
      });
      server.maxConnections = maxConnections;
      server.listen(where);
      await once(server, 'listening');
      server.on('error', (error) => {
        setup.log.bug('http listener', error);
      });
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: servers.map(addressOf), close };
}

/** `127.0.0.1:8080`, `[::1]:8080`, `:8080`; loadOptions has checked the form. */
function hostAndPort(text: string): { host?: string; port: number } {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/gu, '');
  return { port: Number(text.slice(colon + 1)), ...(host === '' || host === '*' ? {} : { host }) };
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection whose request ends after this moment stays open for the next one, so idle ones are looked for again and again.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
