/** Mail for sending is not taken while the disk is nearly full: reports that come in need the rest (data.minFree). */
import type { Api, HttpParts } from './parts.ts';
import { Problem } from './problem.ts';

/** Refuses the requests of a scope before their bodies are read. */
export function refuseWithoutRoom(scope: Api, diskLow: HttpParts['diskLow']): void {
  scope.addHook('onRequest', (_request, _reply, done) => {
    if (diskLow()) throw new Problem('unavailable', 'The disk is nearly full: no mail is taken until there is room.');
    done();
  });
}
