/**
 * Where the log's lines go: a descriptor that is never waited for. A reader that stops (a pager, a wedged collector) and a
 * disk that is full cost lines, which are counted, and never the daemon's time: pino's own destination writes in the event
 * loop and tries a full disk again and again, for ever.
 */
import { write, writeSync } from 'node:fs';

export interface LogOutput {
  write(line: string): void;
  /** At the very end: writes what waits, unless the reader has stopped. */
  flush(): void;
}

const maxWaiting = 1_048_576;
/** Bytes that the system does not take just now are offered again so often. */
const again = 50;
/** A write under way for longer than this waits for a reader that has stopped. */
const stalled = 1000;
/** How long the last write may still take when the process ends. */
const parting = 50;

export function createLogOutput(fd: number, limit = maxWaiting): LogOutput {
  let waiting: string[] = [];
  let octets = 0;
  let dropped = 0;
  /** Since when a write is under way. */
  let since: number | null = null;

  function take(): Buffer {
    const lines = waiting;
    waiting = [];
    octets = 0;
    if (dropped > 0) {
      const time = new Date().toISOString();
      lines.push(`${JSON.stringify({ level: 40, time, event: 'logLinesDropped', lines: dropped })}\n`);
      dropped = 0;
    }
    return Buffer.from(lines.join(''));
  }

  function send(rest: Buffer): void {
    since = performance.now();
    write(fd, rest, 0, rest.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(send, again, rest).unref();
        return;
      }
      since = null;
      // A full disk, a reader that is gone: these lines are lost, the next ones have a try of their own.
      if (error !== null) dropped += rest.toString().split('\n').length - 1;
      else if (written < rest.length) send(rest.subarray(written));
      else if (waiting.length > 0) send(take());
    });
  }

  return {
    write(line) {
      if (octets + line.length > limit) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      octets += line.length;
      if (since === null) send(take());
    },
    flush() {
      if (since !== null) {
        if (performance.now() - since > stalled) return;
        // No turn of the event loop is left in which its end could be heard of.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, parting);
      }
      if (waiting.length === 0) return;
      try {
        writeSync(fd, take());
      } catch {
        // Nobody is left to tell.
      }
    },
  };
}
