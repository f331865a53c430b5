import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { sections } from '../../src/config/options.ts';
import { findPositions, positionOf } from '../../src/config/toml-positions.ts';
import { formatDuration, parseDuration, parseSize, readText, readValue } from '../../src/config/values.ts';

describe('durations and sizes', () => {
  it('are read with their units', () => {
    expect(['45d', '10m', '1500ms', '1.5h', '2w', '60 s'].map(parseDuration)).toEqual([
      3_888_000_000, 600_000, 1500, 5_400_000, 1_209_600_000, 60_000,
    ]);
    expect(['25MiB', '10MB', '4kB', '4KiB', '1GiB', '7B'].map(parseSize)).toEqual([
      26_214_400, 10_000_000, 4000, 4096, 1_073_741_824, 7,
    ]);
  });

  it('are refused without a unit, with another one, negative or beyond counting', () => {
    for (const text of ['', '60', 's', '-1s', '1y', '1e3s', '999999999999999d', '1 hour', 'constructor'])
      expect([parseDuration(text), parseSize(text)]).toEqual([null, null]);
  });

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('a value', () => {
  it('never makes the reader throw, whatever it is', () => {
    const kinds = ['string', 'path', 'integer', 'number', 'boolean', 'duration', 'size', 'strings', 'enum'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.anything(), fc.string(), (kind, value, text) => {
        const option = { kind, standard: '', doc: '' };
        expect(typeof readValue(option, value).ok).toBe('boolean');
        expect(typeof readText(option, text).ok).toBe('boolean');
      }),
    );
  });

  it('is refused with control characters, wrong entries or too many of them', () => {
    const list = { kind: 'strings', standard: [], doc: '' } as const;
    expect(readValue({ kind: 'string', standard: '', doc: '' }, 'a\nb').ok).toBe(false);
    expect(readValue(list, ['a', 1]).ok).toBe(false);
    expect(readValue(list, [...Array<string>(1001)].fill('a')).ok).toBe(false);
    expect(readText(list, 'a\0').ok).toBe(false);
    expect(readText(list, ' a , b ')).toEqual({ ok: true, value: ['a', 'b'] });
  });

  it('of no octets at all turns the watch of the disk off, and is no size of a message', () => {
    expect(readText(sections.data.minFree, '0B')).toEqual({ ok: true, value: 0 });
    expect(readText(sections.smtp.maxSize, '0B').ok).toBe(false);
  });
});

describe('positions in TOML', () => {
  const text = `# [comment]
top.level = 1
"quoted" = 'a # no comment'
long = """
[not.a.table]
key = 1
"""
list = [
  'a', # ]
  "b\\"]",
]
[ one . two ]
  key = { inner = 1 }
[[many]]
name = '''x
y'''
[[many]]
name = 2
`;
  const positions = findPositions(text);

  it('are those of keys and headers, past comments, long texts and lists', () => {
    expect(() => parse(text)).not.toThrow();
    expect(Object.fromEntries([...positions].map(([path, { line, column }]) => [path, `${line}:${column}`]))).toEqual({
      'top.level': '2:1',
      quoted: '3:1',
      long: '4:1',
      list: '8:1',
      'one.two': '12:1',
      'one.two.key': '13:3',
      'many[0]': '14:1',
      'many[0].name': '15:1',
      'many[1]': '17:1',
      'many[1].name': '18:1',
    });
  });

  it('fall back to what holds the path', () => {
    expect(positionOf(positions, 'one.two.key.inner')?.line).toBe(13);
    expect(positionOf(positions, 'many[1].other')?.line).toBe(17);
    expect(positionOf(positions, 'absent.path')).toBeNull();
  });

  it('are found in any text in time that grows with its length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', '=', '"', "'", '\n', '#', 'a', '.', '\\', ' ') }),
        (any) => {
          expect(findPositions(any).size).toBeLessThanOrEqual(any.length + 1);
        },
      ),
    );
  });
});
