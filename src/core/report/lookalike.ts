/**
 * Mail that speaks of bounces, or dresses as one, and is none: statistics and notices of mail servers to their own postmaster,
 * digests of quarantines, warnings to the owner of a mailbox, trackers that quote a report, worms, requests to log in somewhere.
 * Each sign here is enough alone, whatever else the mail says.
 */
import { indexPhrases } from '../phrases.ts';
import type { MimeMessage, Part } from '../mime.ts';
import { hasHeader, header } from '../mime-headers.ts';
import type { Envelope, Notification } from './letter.ts';

// Pieces of subjects, lower case.
export const noticeSubjects = [
  // A server tells its own postmaster what went on.
  'postfix smtp server: ',
  'postfix smtp client: ',
  'postfix lmtp client: ',
  'log summar',
  'logwatch',
  'mail statistic',
  'exim statistic',
  'statistics for ',
  'daily statistic',
  'weekly statistic',
  'daily run output',
  'security run output',
  'weekly run output',
  'monthly run output',
  'cron <',
  'paniclog',
  'service alert:',
  'mail queue is ',
  'bounce action notification',
  'uncaught bounce notification',
  'moderator request',
  'moderator approval',
  'pending approval',
  'awaiting approval',
  'awaits approval',
  'report domain:',
  'dmarc aggregate',
  'aggregate report',
  // Kept back from the mailbox that is written to.
  'spam quarantine',
  'quarantine summary',
  'quarantine digest',
  'quarantine report',
  'quarantine notification',
  'spam digest',
  'spam summary',
  'spam notification:',
  'virus in mail to you',
  'quarantänebericht',
  'quarantäne-bericht',
  'quarantäneübersicht',
  'spam-report',
  'rapport de quarantaine',
  'résumé de quarantaine',
  'resumen de cuarentena',
  'informe de cuarentena',
  'relatório de quarentena',
  'resumo de quarentena',
  'rapporto di quarantena',
  'quarantaine-overzicht',
  'raport kwarantann',
  'отчет о карантин',
  'отчёт о карантин',
  '隔离邮件',
  '隔離メール',
  // The owner of a mailbox that fills up.
  'quota warning',
  'almost full',
  'nearly full',
  'fast voll',
  'presque plein',
  'casi llen',
  'quasi pien',
  'quase chei',
  'bijna vol',
  'prawie pełn',
  'почти заполнен',
  'почти переполнен',
  'nästan full',
  'næsten fuld',
  'nesten full',
];
const trackerHeaders = [
  'x-jira-fingerprint',
  'x-gitlab-project',
  'x-github-sender',
  'x-debian-pr-message',
  'x-redmine-host',
  'x-launchpad-bug',
  'x-bugzilla-product',
  'x-phabricator-mail-id',
  'x-mailing-list',
  'tls-report-domain',
];
const trackerMailboxes = [
  'bugzilla-daemon@',
  'bugzilla@',
  'jira@',
  'gitlab@',
  'github@',
  'redmine@',
  'mantis@',
  'trac@',
];
const trackerSubject =
  /^\s{0,3}(?:message [\w-]{14,30} frozen|\[(?:bug|ticket|issue|case|incident|request|jira)[\s:#-]{0,3}[\w-]{0,20}|bug#\d|\[#\d{3}|\([A-Z]{2,10}-\d{1,6}\))/iu;
// Programs that people write with; mail systems have other names in this place, or none.
const clients = [
  'thunderbird',
  'apple mail',
  'iphone mail',
  'ipad mail',
  'mutt/',
  'neomutt',
  'alpine ',
  'k-9 mail',
  'evolution ',
  'kmail',
  'claws mail',
  'sylpheed',
  'microsoft outlook 1',
  'microsoft office outlook',
  'microsoft outlook express',
  'microsoft-macoutlook',
  'windows live mail',
  'roundcube',
  'squirrelmail',
  'the bat!',
  'foxmail',
  'airmail',
  'emclient',
  'gnus/',
];
const attachedFile =
  /name\*?=\s{0,3}"?[^"\n;]{0,200}\.(?:zip|rar|7z|exe|scr|pif|com|bat|cmd|js|vbs|jar|iso|img|html?|shtml|docm?|xlsm?)(?:["'\s;]|$)/iu;
// What only those ask who want a password, lower case.
const requests = indexPhrases(
  [
    'click here',
    'click the ',
    'click below',
    'click on ',
    'log in',
    'login',
    'sign in',
    'verify your',
    'verify now',
    'confirm your',
    'validate',
    'release ',
    'retrieve ',
    'recover ',
    'restore ',
    'review ',
    'your password',
    'your storage',
    'your account',
    'klicken sie',
    'bestätigen sie',
    'cliquez',
    'vérifier votre',
    'haga clic',
    'validar su',
    'pulse aquí',
    'clicchi',
    'clicca',
    'cliccare',
    'clique aqui',
    'klik hier',
    'kliknij',
    'klikněte',
    'klicka här',
    'klik her',
    'klikk her',
    'tıklayın',
    'нажмите',
    'перейдите по',
    'подтвердите',
    '点击',
    '點擊',
    '點選',
    'クリック',
    'ログイン',
    '클릭',
    '로그인',
  ],
  [],
);

/** Whether a mail is one of those, although its sender, subject or words look like a bounce. */
export function isLookalike(message: MimeMessage, envelope: Envelope, notification: Notification): boolean {
  const from = envelope.fromAddress?.toLowerCase() ?? '';
  return (
    message.type.reportType === 'tlsrpt' ||
    envelope.heard.notice >= 0 ||
    trackerSubject.test(envelope.subject) ||
    trackerMailboxes.some((mailbox) => from.startsWith(mailbox)) ||
    trackerHeaders.some((name) => hasHeader(message.headers, name)) ||
    // A server that returns a mail does it as a mail.
    (!notification.returns && message.parts.some(isAttachedFile))
  );
}

/** Written by a person with a mail program, or in answer to something, and not by a mail system. */
export function isPersonal(message: MimeMessage, envelope: Envelope): boolean {
  if (envelope.bySystem || envelope.nullReturnPath || envelope.autoSubmitted !== '') return false;
  // Managers of lists refer to the mail that they refuse.
  if (hasHeader(message.headers, 'x-mlserver')) return false;
  if (hasHeader(message.headers, 'in-reply-to') || hasHeader(message.headers, 'references')) return true;
  const program = (header(message.headers, 'user-agent') ?? header(message.headers, 'x-mailer') ?? '').toLowerCase();
  return clients.some((name) => program.includes(name));
}

/** Whether the words lead to a link where something is to be entered. */
export function asksToFollow(notification: Notification): boolean {
  return requests.any(notification.lower);
}

function isAttachedFile(part: Part): boolean {
  if (part.type.startsWith('message/') || part.type === 'text/plain') return false;
  return (
    part.type === 'application/zip' ||
    ['content-disposition', 'content-type'].some((name) => attachedFile.test(header(part.headers, name) ?? ''))
  );
}
