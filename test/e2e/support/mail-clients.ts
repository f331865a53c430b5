/** Clients as applications have them, each handing over by submission with STARTTLS and AUTH. */
import { spawn } from 'node:child_process';
import { createTransport } from 'nodemailer';
import { peerPath } from './peers.ts';

export interface Submission {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
}

/** Recipients that the server refused, of each mail. */
type Refused = string[][];

async function run(program: string, args: readonly string[], input: string): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === null) throw new Error(`${program} ended by a signal: ${errors}`);
  return { code, output: output + errors };
}

/** nodemailer, one pool for all. */
export async function byNodemailer({ port, user, password }: Submission, mails: readonly Mail[]): Promise<Refused> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: 3,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user, pass: password },
  });
  try {
    return await Promise.all(
      mails.map(async ({ from, to, message }) => {
        const info = await transport.sendMail({ envelope: { from, to: [...to] }, raw: message });
        return [...info.rejected];
      }),
    );
  } finally {
    transport.close();
  }
}

const script = `import json, smtplib, ssl, sys
job = json.load(sys.stdin)
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
refused = []
with smtplib.SMTP('127.0.0.1', job['port'], timeout=30) as server:
    server.starttls(context=context)
    server.login(job['user'], job['password'])
    for mail in job['mails']:
        refused.append(list(server.sendmail(mail['from'], mail['to'], mail['message'].encode()).keys()))
print(json.dumps(refused))
`;

/** Python's smtplib, all in one session. */
export async function bySmtplib(submission: Submission, mails: readonly Mail[]): Promise<Refused> {
  const { code, output } = await run(peerPath('python'), ['-c', script], JSON.stringify({ ...submission, mails }));
  if (code !== 0) throw new Error(`smtplib ended with ${code}: ${output}`);
  return JSON.parse(output) as Refused;
}

/** swaks, one process a mail. */
export async function bySwaks({ port, user, password }: Submission, mails: readonly Mail[]): Promise<Refused> {
  const refused: Refused = [];
  for (const { from, to, message } of mails) {
    const { output } = await run(
      peerPath('swaks'),
      [
        ...['--server', '127.0.0.1', '--port', String(port), '--tls', '--auth', 'PLAIN'],
        ...['--auth-user', user, '--auth-password', password],
        ...['--from', from, '--to', to.join(','), '--data', '-'],
      ],
      message,
    );
    if (!/^<~ {2}250 .*\n ~> QUIT/m.test(output)) throw new Error(`swaks was not told 250 at the end: ${output}`);
    refused.push([...output.matchAll(/^ ~> RCPT TO:<(.*)>\n<~\* 5/gm)].map((match) => match[1] ?? ''));
  }
  return refused;
}
