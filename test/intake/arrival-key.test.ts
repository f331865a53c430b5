import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../src/intake/arrival-key.ts';
import { Receiver } from '../../src/intake/receive.ts';
import { Refusal } from '../../src/intake/smtp-replies.ts';

const below = (text: string): string => text.slice(readTrace(Buffer.from(text, 'latin1')).end);

describe('the trace block', () => {
  it('ends at the first header that is no trace, with its folded lines left out', () => {
    expect(below('Received: a\r\n\tb\r\n c\r\nRETURN-PATH : <>\r\nSubject: x\r\n\r\nReceived: y')).toBe(
      'Subject: x\r\n\r\nReceived: y',
    );
    expect(below('Delivered-To: a\nX-Original-To: b\nFrom: c\n')).toBe('From: c\n');
    expect(below('Subject: x\r\nReceived: a\r\n')).toBe('Subject: x\r\nReceived: a\r\n');
    expect(below(' folded under nothing\r\nReceived: a\r\n')).toBe(' folded under nothing\r\nReceived: a\r\n');
    expect(below('Received: a\r\n\r\nbody')).toBe('\r\nbody');
    expect(below('Received: half a line')).toBe('Received: half a line');
    expect(below('')).toBe('');
  });

  it('counts the hops', () => {
    expect(readTrace(Buffer.from('Received: a\r\nX-Received: b\r\nreceived: c\r\n\r\n')).hops).toBe(2);
  });
});

describe('a received message', () => {
  const free = { takeBytes: () => true, giveBytes: () => undefined };
  const text = fc.array(
    fc.constantFrom('Received: a\r\n', ' folded\r\n', 'Subject: x\r\n', '\r\n', 'body', '\n', '\r', 'x'.repeat(30_000)),
    { maxLength: 20 },
  );

  it('is the same however its octets are cut: size, what is kept, digest', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 70_000 }),
        fc.constantFrom(100, 70_000, 1_000_000),
        (parts, cut, keepSize) => {
          const whole = Buffer.from(parts.join(''));
          const limits = { maxSize: 1_000_000, keepSize, rejectBareNewline: false };
          const one = new Receiver(limits, free, 0);
          one.write(whole);
          const other = new Receiver(limits, free, 0);
          for (let at = 0; at < whole.length; at += cut) other.write(whole.subarray(at, at + cut));
          const [a, b] = [one.end(), other.end()];
          expect(b).toEqual(a);
          if (a instanceof Refusal) throw a;
          expect(a.raw.equals(whole.subarray(0, keepSize))).toBe(true);
          expect([a.size, a.truncated]).toEqual([whole.length, whole.length > keepSize]);
        },
      ),
    );
  });

  it('gives back exactly the memory that it took, whatever becomes of it', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 0, max: 300_000 }),
        (parts, cut, budget) => {
          let held = 0;
          const limited = {
            takeBytes: (octets: number) => held + octets <= budget && ((held += octets), true),
            giveBytes: (octets: number) => void (held -= octets),
          };
          const whole = Buffer.from(parts.join(''));
          const receiver = new Receiver({ maxSize: 200_000, keepSize: 100_000, rejectBareNewline: true }, limited, 0);
          for (let at = 0; at < whole.length; at += cut) receiver.write(whole.subarray(at, at + cut));
          receiver.end();
          receiver.release();
          receiver.release();
          expect(held).toBe(0);
        },
      ),
    );
  });
});
