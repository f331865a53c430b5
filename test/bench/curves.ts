/** Curves of time over size as an SVG, both axes logarithmic, so that linear growth is a straight line of slope one. */

export interface Curve {
  readonly place: string;
  readonly name: string;
  /** Milliseconds, for each size. */
  readonly times: readonly number[];
}

const frame = { left: 70, top: 56, width: 560, height: 380, right: 210, bottom: 50 };
const floorMs = 0.01;
const ceilingMs = 1000;
const named = 5;
const colours = ['#b3261e', '#8a5a00', '#1b6e3c', '#1f5fa8', '#6b3fa0'];

export function drawCurves(
  curves: readonly Curve[],
  sizes: readonly number[],
  label: (size: number) => string,
): string {
  const { left, top, width, height } = frame;
  const first = Math.log(sizes[0] ?? 1);
  const last = Math.log(sizes.at(-1) ?? 2);
  const x = (size: number): number => left + (width * (Math.log(size) - first)) / (last - first);
  const y = (ms: number): number =>
    top + height - (height * Math.log(Math.max(ms, floorMs) / floorMs)) / Math.log(ceilingMs / floorMs);
  const line = (times: readonly number[]): string =>
    times.map((ms, at) => `${x(sizes[at] ?? 1).toFixed(1)},${y(ms).toFixed(1)}`).join(' ');

  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + frame.right} ${top + height + frame.bottom}" font-family="system-ui, sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${left}" y="24" font-size="15" fill="#222">Reading and classifying hostile mail: time over size, best of five runs</text>`,
    `<text x="${left}" y="42" fill="#555">${curves.length} curves, one for each attack in each place of a mail; only the first MiB of a mail is read</text>`,
  ];
  for (let ms = floorMs; ms <= ceilingMs * 1.01; ms *= 10) {
    out.push(`<path d="M${left} ${y(ms).toFixed(1)}h${width}" stroke="#ddd"/>`);
    out.push(
      `<text x="${left - 8}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end" fill="#555">${Number(ms.toPrecision(1))} ms</text>`,
    );
  }
  for (const size of sizes) {
    out.push(`<path d="M${x(size).toFixed(1)} ${top}v${height}" stroke="#eee"/>`);
    out.push(
      `<text x="${x(size).toFixed(1)}" y="${top + height + 20}" text-anchor="middle" fill="#555">${label(size)}</text>`,
    );
  }
  // One and a half milliseconds for each 64 KiB: what linear looks like. Twice the slope would be quadratic.
  const linear = (size: number): number => (size / 65_536) * 1.5;
  const reach = sizes.filter((size) => linear(size) >= floorMs && linear(size) <= ceilingMs);
  out.push(
    `<polyline fill="none" stroke="#222" stroke-dasharray="6 4" points="${reach.map((size) => `${x(size).toFixed(1)},${y(linear(size)).toFixed(1)}`).join(' ')}"/>`,
    `<text x="${left + 8}" y="${top + 16}" fill="#222">dashed: linear</text>`,
  );
  for (const { times } of curves.slice(named))
    out.push(`<polyline fill="none" stroke="#7a8793" stroke-opacity="0.18" points="${line(times)}"/>`);
  // The slowest five by name, each label beside its end, none on another.
  const labels = curves
    .slice(0, named)
    .map((curve, at) => ({ curve, colour: colours[at] ?? '#222', at: y(curve.times.at(-1) ?? 0) }));
  labels.sort((a, b) => a.at - b.at);
  let free = top;
  for (const { curve, colour, at } of labels) {
    free = Math.max(free + 32, at);
    out.push(`<polyline fill="none" stroke="${colour}" stroke-width="2" points="${line(curve.times)}"/>`);
    out.push(`<text x="${left + width + 10}" y="${free.toFixed(1)}" fill="${colour}">${curve.name}</text>`);
    out.push(`<text x="${left + width + 10}" y="${(free + 14).toFixed(1)}" fill="#555">as ${curve.place}</text>`);
  }
  out.push('</svg>', '');
  return out.join('\n');
}
