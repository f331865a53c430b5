/** Replies that providers document, with example hosts: each list of categories that a person would accept, with its wordings. */
import type { Category } from '../../../src/core/classify/categories.ts';
import { documentedByGoogle } from './providers-documented-google.ts';
import { documentedByMailboxProviders } from './providers-documented-mailboxes.ts';
import { documentedByMicrosoft } from './providers-documented-microsoft.ts';
import { documentedByServers } from './providers-documented-servers.ts';
import { documentedByServices } from './providers-documented-services.ts';
import { elsewhere } from './providers-elsewhere.ts';
import { inOtherWords } from './providers-in-other-words.ts';

export type Documented = readonly (readonly [accepted: readonly Category[], texts: readonly string[]])[];

/** One row a wording, as the other lists of wordings have them. */
const rows = (list: Documented) =>
  list.flatMap(([accepted, texts]) => texts.map((text): readonly [string, ...Category[]] => [text, ...accepted]));

export const documented = rows([
  ...documentedByGoogle,
  ...documentedByMicrosoft,
  ...documentedByMailboxProviders,
  ...documentedByServers,
  ...documentedByServices,
]);
export const beyondTheDocuments = rows([...inOtherWords, ...elsewhere]);
