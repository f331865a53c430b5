/** What `check` finds at the submission listener: who may hand mail over, and whether what they need for it is there. */
import type { Options } from '../config/options.ts';
import { readUsers } from '../config/submission-users.ts';
import type { Finding } from './check-finding.ts';
import { printable } from './table.ts';

const say = (level: Finding['level'], text: string): Finding => ({ level, area: 'submission', text });

/** Nothing where there is no listener. */
export async function checkSubmission({ submission, smtp }: Pick<Options, 'submission' | 'smtp'>): Promise<Finding[]> {
  const { listen, usersFile, networks } = submission;
  if (listen.length === 0) return [];
  const findings: Finding[] = [];
  if (usersFile !== '') {
    const read = await readUsers(usersFile);
    if (!read.ok) findings.push(...read.problems.map((problem) => say('fail', printable(problem))));
    else if (read.users.size === 0 && networks.length === 0)
      findings.push(say('fail', `${usersFile} has no line: nobody can hand mail over`));
    else findings.push(say('ok', `${usersFile}: ${read.users.size === 1 ? '1 user' : `${read.users.size} users`}`));
    // With networks alone it starts, and those with a password are told of no AUTH.
    if (smtp.tlsCertFile === '')
      findings.push(say('warn', 'no certificate in [smtp]: AUTH exists under TLS alone, so it is not offered'));
  }
  if (networks.length > 0) findings.push(say('ok', `without AUTH from ${networks.join(', ')}`));
  return findings;
}
