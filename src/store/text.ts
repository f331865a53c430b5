/** Text from outside on its way into a column: PostgreSQL refuses U+0000 and lone surrogates, and one row must not fail its batch. */

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** What a smallint of reply codes holds; a code beyond it is none. */
export function storableReplyCode(code: number | null): number | null {
  return code !== null && Number.isInteger(code) && code >= 0 && code <= 999 ? code : null;
}
