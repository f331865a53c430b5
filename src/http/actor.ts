/** Who asks, for decisions: there is one key, and the CLI says of itself that it is the one that uses it. */
import type { IncomingHttpHeaders } from 'node:http';

export function actorOf(headers: IncomingHttpHeaders): string {
  return headers['x-bouncemx-client'] === 'cli' ? 'cli:admin' : 'api:admin';
}
