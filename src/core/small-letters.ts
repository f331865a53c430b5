/**
 * Small letters for readers that look for words there and take them out of the text itself: every unit stays where it stands. In
 * Unicode `İ` alone becomes two units, an i and a dot above; a Turkish mail has dozens, and its words are written with an i.
 */
export function smallLetters(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replaceAll('İ', 'i').toLowerCase();
}
