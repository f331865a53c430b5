/**
 * The smallest application of each kind in docs/sending.md, around the lines of its table. Each sends one message to
 * To, Cc and Bcc; its exit code is 0 where its mailer was content.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerPath, type Peer } from './peers.ts';

export interface Letter {
  readonly to: readonly string[];
  readonly cc: string;
  readonly bcc: readonly string[];
}

export interface Application {
  /** As the table names it. */
  readonly name: string;
  readonly peers: readonly Peer[];
  /** Files that it consists of, and the command that sends. `lines`: the code of its row, made to fit this machine. */
  readonly make: (
    lines: readonly string[],
    folder: string,
  ) => { files: Readonly<Record<string, string>>; run: string[] };
}

const sender = 'Shop <shop@example.net>';
const nodemailer = fileURLToPath(import.meta.resolve('nodemailer'));

export const applications: readonly Application[] = [
  {
    name: 'nodemailer',
    peers: [],
    make: ([line = '']) => ({
      files: {
        'app.mjs': `import { createTransport } from '${nodemailer}';
const { to, cc, bcc } = JSON.parse(process.env.LETTER);
await ${line}.sendMail({ from: '${sender}', to, cc, bcc, subject: 'Déjà vu', text: 'Hello — text' });
`,
      },
      run: [process.execPath, 'app.mjs'],
    }),
  },
  {
    name: 'PHP mail()',
    peers: ['php', 'msmtp'],
    make: ([, sendmail = '', , ...account], folder) => ({
      files: {
        'php.ini': `${sendmail.replace('msmtp', `msmtp -C ${folder}/msmtprc`)}\n`,
        msmtprc: `${account.join('\n')}\n`,
        'app.php': `<?php $l = json_decode(getenv('LETTER'));
$headers = "From: ${sender}\\r\\nCc: $l->cc\\r\\nBcc: " . implode(', ', $l->bcc);
exit(mail(implode(', ', $l->to), 'Deja vu', 'Hello', $headers) ? 0 : 1);
`,
      },
      run: [peerPath('php'), '-c', 'php.ini', 'app.php'],
    }),
  },
  {
    name: 'Symfony Mailer',
    peers: ['php', 'symfony'],
    make: ([line = '']) => ({
      files: {
        'app.php': `<?php require '${peerPath('symfony')}';
$l = json_decode(getenv('LETTER'));
$email = (new Symfony\\Component\\Mime\\Email())->from('${sender}')->to(...$l->to)->cc($l->cc)->bcc(...$l->bcc)
  ->subject('Déjà vu')->text('Hello — text')->html('<p>Hello</p>');
$transport = Symfony\\Component\\Mailer\\Transport::fromDsn('${line.replace('MAILER_DSN=', '')}');
(new Symfony\\Component\\Mailer\\Mailer($transport))->send($email);
`,
      },
      run: [peerPath('php'), 'app.php'],
    }),
  },
  {
    name: 'Django',
    peers: ['python', 'django'],
    make: (lines) => ({
      files: {
        'settings.py': `${lines.join('\n')}\n`,
        'app.py': `import json, os
os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'
import django
django.setup()
from django.core.mail import EmailMessage
l = json.loads(os.environ['LETTER'])
EmailMessage('Déjà vu', 'Hello — text', '${sender}', l['to'], cc=[l['cc']], bcc=l['bcc']).send()
`,
      },
      run: [peerPath('python'), 'app.py'],
    }),
  },
  {
    name: 'Rails',
    peers: ['ruby', 'rails'],
    make: ([line = '']) => ({
      files: {
        'app.rb': `require 'rails'
require 'action_mailer/railtie'
class App < Rails::Application
  config.eager_load = false
  config.logger = Logger.new(nil)
  ${line}
end
App.initialize!
class Shop < ActionMailer::Base
  def order
    l = JSON.parse(ENV['LETTER'])
    mail(from: '${sender}', to: l['to'], cc: l['cc'], bcc: l['bcc'], subject: 'Déjà vu') { |f| f.text { render plain: 'Hello — text' } }
  end
end
Shop.order.deliver_now
`,
      },
      run: [peerPath('ruby'), 'app.rb'],
    }),
  },
  {
    name: 'Python smtplib',
    peers: ['python'],
    make: ([line = '']) => ({
      files: {
        'app.py': `import json, os, smtplib, ssl
from email.message import EmailMessage
l = json.loads(os.environ['LETTER'])
password = os.environ['MAIL_PASSWORD']
message = EmailMessage()
for name, value in [('From', '${sender}'), ('To', ', '.join(l['to'])), ('Cc', l['cc']), ('Bcc', ', '.join(l['bcc'])), ('Subject', 'Déjà vu')]:
    message[name] = value
message.set_content('Hello — text')
${line}
`,
      },
      run: [peerPath('python'), 'app.py'],
    }),
  },
];

export interface Surroundings {
  readonly password: string;
  /** Of the one authority that the application knows. */
  readonly caFile: string;
}

/** Sends one letter; what the application said, and whether it was content. */
export async function sendBy(
  application: Application,
  lines: readonly string[],
  letter: Letter,
  { password, caFile }: Surroundings,
): Promise<{ content: boolean; output: string }> {
  const folder = await mkdtemp('/tmp/bmx-application-');
  try {
    const { files, run } = application.make(lines, folder);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      LANG: 'C.UTF-8',
      LETTER: JSON.stringify(letter),
      MAIL_PASSWORD: password,
      SSL_CERT_FILE: caFile,
      NODE_EXTRA_CA_CERTS: caFile,
    };
    const [program = '', ...args] = run;
    return await new Promise((resolve) => {
      execFile(program, args, { cwd: folder, env, timeout: 60_000 }, (error, out, err) => {
        resolve({ content: error === null, output: out + err });
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
