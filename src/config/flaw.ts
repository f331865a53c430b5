/** What is wrong with options that are each right: `path` finds the line, `text` says what would be right. */
export interface Flaw {
  readonly path: string;
  readonly text: string;
}
