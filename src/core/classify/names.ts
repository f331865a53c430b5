/**
 * Names in a diagnostic: hosts, URLs and their paths. `spamfilter.example.net said: no such user` speaks of a user and not of spam, and
 * the address of a help page is written before anything has failed. Rules of general words look at the text without them. What remains
 * stands where it stood: names are replaced by as many units of a filler that no rule asks for. Linear in the text.
 */

/** No letter, digit, blank or mark that ends a clause. */
const filler = '\u0001';

const trigger = /\.|:\/\//g;
const lastLabels = new Set(
  (
    'com net org edu gov mil int arpa info biz name pro mobi coop aero museum jobs tel asia cat cloud online shop store site tech ' +
    'dev app page systems services network solutions company group agency digital media world global today life email hosting ' +
    'software technology consulting berlin hamburg koeln bayern wien swiss paris london amsterdam tokyo moscow xyz top club win ' +
    'eu uk de at ch li fr be nl lu es pt ie dk se no fi pl cz sk hu ro bg gr tr ru ua by lt lv ee ' +
    'us ca mx br ar cl co pe ve au nz jp cn tw hk kr sg my th vn id ph in il za eg sa ae ir pk ' +
    'example test invalid local localhost localdomain lan internal intern corp home'
  ).split(' '),
);
/** Last labels that are words as well: a full stop without a blank behind it is no rare mistake ("rejected.no such user"). */
const words = new Set(
  'no in is it at be by my us me so to as am do id name info test home today life email page group company local example store site app'.split(
    ' ',
  ),
);

/** The text, folded (fold.ts), with its names blanked out; its length is the same. */
export function withoutNames(text: string): string {
  const pieces: string[] = [];
  let done = 0;
  trigger.lastIndex = 0;
  for (let found = trigger.exec(text); found !== null; found = trigger.exec(text)) {
    const name = found[0] === '.' ? hostAround(text, found.index, done) : urlAround(text, found.index, done);
    // A run that is no name is passed at once: its other dots would lead to the same run.
    trigger.lastIndex = Math.max(name.end, found.index + 1);
    if (!name.holds) continue;
    pieces.push(text.slice(done, name.start), filler.repeat(name.end - name.start));
    done = name.end;
  }
  if (done === 0) return text;
  pieces.push(text.slice(done));
  return pieces.join('');
}

interface Name {
  readonly start: number;
  readonly end: number;
  readonly holds: boolean;
}

function urlAround(text: string, at: number, floor: number): Name {
  let start = at;
  while (start > floor && isLetter(text.charCodeAt(start - 1))) start--;
  const end = endOfPath(text, at + 3);
  return { start, end, holds: start < at && end > at + 3 };
}

function hostAround(text: string, at: number, floor: number): Name {
  let start = at;
  while (start > floor && isNameUnit(text.charCodeAt(start - 1))) start--;
  let end = at + 1;
  while (end < text.length && isNameUnit(text.charCodeAt(end))) end++;
  let last = end;
  // A full stop behind a host ends the sentence, or is the root of the DNS.
  while (last > start && text.charCodeAt(last - 1) === 0x2e) last--;
  if (!isHost(text.slice(start, last))) return { start, end, holds: false };
  const next = text.charCodeAt(last);
  // Behind a host and a slash, and behind a host, a colon and a port, there is more of the name.
  const more = next === 0x2f || next === 0x3f || (next === 0x3a && isDigit(text.charCodeAt(last + 1)));
  return { start, end: more ? endOfPath(text, last) : last, holds: true };
}

function isHost(run: string): boolean {
  const labels = run.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || labels.includes('')) return false;
  if (labels.length === 2) return lastLabels.has(last) && !words.has(last);
  return lastLabels.has(last) || (labels[0] === 'www' && last.length > 1);
}

/** Where a path ends: before a blank, a quote, a bracket, and what East Asian text goes on with; marks at its end are the sentence's. */
function endOfPath(text: string, from: number): number {
  let end = from;
  while (end < text.length && isPathUnit(text.charCodeAt(end))) end++;
  while (end > from && ',;:.!?'.includes(text.charAt(end - 1))) end--;
  return end;
}

function isPathUnit(unit: number): boolean {
  return (
    unit > 0x20 &&
    unit < 0x2e80 &&
    !(
      unit === 0x22 ||
      (unit >= 0x27 && unit <= 0x29) ||
      unit === 0x3c ||
      unit === 0x3e ||
      unit === 0x5b ||
      unit === 0x5d
    )
  );
}

function isNameUnit(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || unit === 0x2d || unit === 0x2e || unit === 0x5f;
}

function isLetter(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
