/**
 * Every option: kind, default, one sentence. From here come the types, the checks (load.ts), `config/bouncemx.toml` and
 * `docs/config.md` (generated; a test holds them to this file). Durations are milliseconds and sizes octets once loaded;
 * in the file they carry their unit ('45d', '25MiB').
 */

type Kind =
  'string' | 'path' | 'integer' | 'number' | 'boolean' | 'duration' | 'durations' | 'size' | 'strings' | 'enum';

export interface Option<T> {
  readonly kind: Kind;
  /** As written in the file. */
  readonly standard: string | number | boolean | readonly string[];
  readonly doc: string;
  readonly words?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Phantom: the loaded type. */
  readonly loaded?: T;
}

type Bounds = Pick<Option<number>, 'min' | 'max'>;
const string = (standard: string, doc: string): Option<string> => ({ kind: 'string', standard, doc });
/** A file or directory; relative to the data directory (the data directory itself: to the working directory). '' is none. */
const path = (standard: string, doc: string): Option<string> => ({ kind: 'path', standard, doc });
const integer = (standard: number, doc: string, bounds: Bounds = { min: 0 }): Option<number> => ({
  kind: 'integer',
  standard,
  doc,
  ...bounds,
});
const number = (standard: number, doc: string, bounds: Bounds = { min: 0 }): Option<number> => ({
  kind: 'number',
  standard,
  doc,
  ...bounds,
});
const boolean = (standard: boolean, doc: string): Option<boolean> => ({ kind: 'boolean', standard, doc });
/** Bounds are milliseconds. */
const duration = (standard: string, doc: string, bounds: Bounds = { min: 1 }): Option<number> => ({
  kind: 'duration',
  standard,
  doc,
  ...bounds,
});
/** Durations that become timers: Node fires a timer of more than 2^31 ms at once. */
const timer = (standard: string, doc: string): Option<number> => duration(standard, doc, { min: 1, max: 86_400_000 });
/** Durations that count in days. */
const days = (standard: string, doc: string): Option<number> => duration(standard, doc, { min: 86_400_000 });
const size = (standard: string, doc: string, min = 1): Option<number> => ({ kind: 'size', standard, doc, min });
const strings = (standard: readonly string[], doc: string): Option<readonly string[]> => ({
  kind: 'strings',
  standard,
  doc,
});
/** Milliseconds each. */
const durations = (standard: readonly string[], doc: string): Option<readonly number[]> => ({
  kind: 'durations',
  standard,
  doc,
});
const word = <W extends string>(words: readonly W[], standard: W, doc: string): Option<W> => ({
  kind: 'enum',
  standard,
  doc,
  words,
});

/** Sections of single options, in the order of the file. */
export const sections = {
  data: {
    dir: path(
      './var',
      'Where keys, the embedded database and sockets live; made with mode 0711: secrets in it are 0600, sockets can be reached.',
    ),
    minFree: size(
      '500MiB',
      'Room on the disk of the embedded database under which mail is refused for a while, with 452 4.3.1 or 503; 0B: never.',
      0,
    ),
  },
  log: {
    level: word(['debug', 'info', 'warn', 'error'], 'info', 'The least severe line that is written.'),
    addresses: word(
      ['masked', 'plain'],
      'masked',
      'How recipients appear in the log: a…z@example.org, or as they are.',
    ),
  },
  smtp: {
    listen: strings(['127.0.0.1:2525'], 'host:port of each SMTP listener; empty for none.'),
    lmtpListen: strings(
      ['lmtp.sock'],
      'LMTP listeners: host:port, or the path of a Unix socket; `inject` uses the first Unix socket.',
    ),
    lmtpSocketMode: string('0666', 'File mode of the LMTP Unix sockets, which any local user may hand reports to.'),
    hostname: string('', 'The name in the greeting; empty: the name of the machine.'),
    relays: strings(
      [],
      'Peers (address or CIDR) that relay for us, such as a front Postfix: no per-address limits, no bad-token counting.',
    ),
    proxyFrom: strings(
      [],
      'Peers (address or CIDR) that must speak the PROXY protocol (v1 or v2); from all others it is refused.',
    ),
    maxSize: size('25MiB', 'The largest message that is accepted.'),
    keepSize: size('1MiB', 'How much of a message is kept; the rest is hashed, counted and dropped.'),
    maxRecipients: integer(100, 'RCPT commands in one transaction (one where the reverse-path is null).', {
      min: 1,
      max: 1000,
    }),
    maxConnections: integer(1000, 'Connections at once; one in ten is kept for peers that hold none.', { min: 10 }),
    maxConnectionsPerPeer: integer(20, 'Connections at once from one IPv4 address or IPv6 /64.', { min: 1 }),
    maxCommands: integer(200, 'Commands since the last accepted message, then 421.', { min: 10 }),
    maxBadTokens: integer(10, 'Bad return-paths in one connection, then 421.', { min: 1 }),
    idleTimeout: timer('60s', 'Silence after which a peer is dropped.'),
    sessionTimeout: timer('10m', 'A session without an accepted message lasts no longer.'),
    transactionTimeout: timer('5m', 'From MAIL to the final dot.'),
    minDataRate: integer(100, 'Octets a second that DATA must reach over each 60 s.'),
    commitDeadline: timer('20s', 'How long the final reply may wait for the database before it is 451.'),
    inFlightBytes: size('256MiB', 'Octets of messages held in memory at once, then 452.'),
    bareNewline: word(
      ['accept', 'reject'],
      'accept',
      'What becomes of a message with bare CR or LF: kept and normalised for reading, or 550 5.6.0.',
    ),
    tlsCertFile: path(
      '',
      'Certificate chain (PEM) for STARTTLS; read again on SIGHUP. Empty: STARTTLS is not offered.',
    ),
    tlsKeyFile: path('', 'Its private key (PEM).'),
  },
  verp: {
    keyFile: path('verp.keys', 'The key ring: one line a key; mode 0600.'),
    validity: days('45d', 'How long a return-path is accepted after the day it was made.'),
  },
  http: {
    listen: strings(['127.0.0.1:8080'], 'host:port of the API, /metrics and the health checks; empty for none.'),
    adminKeyFile: path('admin.key', 'The API key, sent as `Authorization: Bearer …`; mode 0600.'),
    maxBody: size('1MiB', 'The largest request body; four times as much where a request carries up to 10,000 items.'),
    requestsPerSecond: integer(2000, 'Requests a second from one peer over 10 s, then 429; 0 for no limit.'),
    url: string('', 'Where the CLI finds the API; empty: the first listener of this file.'),
  },
  database: {
    url: string('', 'postgres:// URL (PostgreSQL 15 or newer); empty: an embedded server in the data directory.'),
    passwordFile: path('', 'A file with the password for the URL.'),
    connections: integer(10, 'Connections of one process at most.', { min: 3, max: 200 }),
    statementTimeout: timer('10s', 'After this the server ends a statement.'),
    queryTimeout: timer('15s', 'After this we give up on a server that does not answer.'),
    connectTimeout: timer('5s', 'How long a connection may take to come up.'),
  },
  pipeline: {
    enabled: boolean(true, 'Work on arrivals in this process; off: it only receives.'),
    batch: integer(200, 'Arrivals settled in one transaction at most.', { min: 1, max: 1000 }),
    batchBytes: size('16MiB', 'Octets of raw mail worked on in one batch at most.'),
    lease: timer('60s', 'How long a worker owns what it took.'),
    maxAttempts: integer(5, 'Attempts before an arrival is stuck.', { min: 1, max: 100 }),
    pollInterval: timer('1s', 'How often the queue is looked at when nothing comes by itself.'),
    tokenEventsPerDay: integer(20, 'Events recorded for one token within 24 h; more are only counted.', { min: 1 }),
  },
  rules: {
    directory: path(
      '/etc/bouncemx/rules.d',
      "Rules of your own, asked before the shipped ones; read again on SIGHUP. Need not be there; '' for none.",
    ),
  },
  policy: {
    removeImmediately: boolean(
      true,
      'Suppress at the first hard bounce of a category that says so; off: after consecutiveHard.',
    ),
    consecutiveHard: integer(3, 'Consecutive counted hard bounces that suppress where removeImmediately is off.', {
      min: 1,
    }),
    softCount: integer(5, 'Counted bounces of recipient fault within softWindow that suppress.', { min: 1 }),
    softWindow: duration('90d', 'The window of softCount and of the recipient’s reputation.'),
    reputationFloor: number(20, 'Reputation under which a recipient is suppressed.', { min: 0, max: 100 }),
    recentFault: duration('7d', 'How long a bounce of recipient fault keeps new mail back.'),
    resetConsecutiveOnSoft: boolean(false, 'A soft bounce ends a row of hard ones.'),
    alertSeverity: word(
      ['critical', 'high', 'medium', 'low'],
      'critical',
      'The least severity of a sender-side fault that raises an alert.',
    ),
    senderWindow: duration('30d', 'The window of a sending domain’s score.'),
  },
  retention: {
    raw: days('60d', 'Raw reports and arrivals.'),
    keys: days('60d', 'Keys that recognise duplicates; at least verp.validity + 15d.'),
    counts: days('120d', 'The ledger of counted outcomes; at least policy.softWindow.'),
    events: days('550d', 'Events and decisions.'),
    review: days('180d', 'Review items and alerts.'),
    postmaster: days('60d', 'Mail to postmaster@ and abuse@.'),
    interval: timer('10m', 'How often the job looks.'),
  },
  submission: {
    listen: strings([], 'host:port of each listener that takes mail for sending; empty for none.'),
    usersFile: path('', 'Who may hand mail over: lines of user:scrypt hash (`bouncemx submission hash`); mode 0600.'),
    networks: strings([], 'Peers (address or CIDR) that may hand mail over without AUTH.'),
    maxSize: size('25MiB', 'The largest message that is taken.'),
    maxRecipients: integer(1000, 'Recipients of one message.', { min: 1, max: 1000 }),
  },
  sender: {
    enabled: boolean(true, 'Send from this process what is due; off: it only takes mail.'),
    concurrency: integer(20, 'Dispatches of one process on their way to relays at once.', { min: 1, max: 1000 }),
    deadline: timer('2m', 'How long one attempt may take in all.'),
    lease: timer('5m', 'How long a process owns a dispatch; what it was sending then is indeterminate.'),
    pollInterval: timer('1s', 'How often the due ones are looked for when nothing comes by itself.'),
    expiry: duration('7d', 'How long a message is tried; a retry after a relay’s own five days needs more than six.', {
      min: 60_000,
    }),
    assumedDelivered: duration('7d', 'Silence after which a sent dispatch counts as delivered.', { min: 60_000 }),
    indeterminate: word(
      ['hold', 'resend'],
      'hold',
      'What becomes of a dispatch whose process ended while it was sent: a person decides, or it is sent again with the same Message-ID.',
    ),
  },
  care: {
    concurrency: integer(20, 'Dispatches of one process on their way to one provider at once.', {
      min: 1,
    }),
    ratePerMinute: integer(0, 'Dispatches to one provider a minute; 0 for no limit.'),
    breakerThreshold: integer(
      10,
      'Distinct dispatches that a provider turns away within breakerWindow, then it rests.',
      {
        min: 1,
      },
    ),
    breakerWindow: timer('10m', 'The window of breakerThreshold.'),
    breakerPause: timer('5m', 'How long a provider rests before one mail tries; doubles while that is turned away.'),
    breakerMaxPause: timer('1h', 'The longest rest.'),
    mxLookup: boolean(false, 'Take the organisational domain of the MX for the provider, where DNS answers in time.'),
  },
  metrics: {
    providers: integer(40, 'Providers that get a label of their own, then `other`.', { min: 0, max: 500 }),
  },
} as const;

/** Options of each `[[domain]]`: a return-path domain whose MX we are. */
const domainOptions = {
  name: string('bounce.localhost', 'The return-path domain.'),
  prefix: string('b', 'What stands before the token: <prefix>-<token>@<name>. Letters and digits, at most 8.'),
  sendingDomains: strings(
    [],
    'Sending domains whose return-paths live here; a key is made for each. Empty: the domain itself.',
  ),
  foreign: strings(
    [],
    'Foreign return-path forms that are decoded too: `postfix` (x+user=dom), `ezmlm` (x-user=dom), `srs`, `batv`. They act only from smtp.relays.',
  ),
} as const;

/** Options of each `[[relay]]`: the way out. */
const relayOptions = {
  url: string(
    '',
    'smtp://user@host:587 (STARTTLS required; ?tls=none without, loopback hosts need none), or smtps://.',
  ),
  sendingDomains: strings([], 'Sending domains whose mail goes this way; empty: all that no other relay names.'),
  passwordFile: path('', 'A file with the password for the user of the URL.'),
  caFile: path('', 'Certificates (PEM) that its certificate is checked against; empty: those of the system.'),
  connections: integer(10, 'Connections at once.', { min: 1, max: 200 }),
  dkimDomain: string('', 'Sign with DKIM for this domain; empty: the relay signs.'),
  dkimSelector: string('', 'Selector of the DKIM key.'),
  dkimKeyFile: path('', 'Private key (PEM) for DKIM.'),
} as const;

/** Options of each `[[retry]]`: another schedule than the standard one. */
const retryOptions = {
  category: string('', 'For this category; empty: for all.'),
  provider: string('', 'For this organisational domain; empty: for all.'),
  delays: durations([], 'Waits before the second, third … attempt, at most five; empty: never again.'),
} as const;

/** Options of each `[[provider]]`: other caps than those of [care]. */
const providerOptions = {
  name: string('', 'Organisational domain of the recipients.'),
  concurrency: integer(20, 'Dispatches on their way at once.', { min: 1 }),
  ratePerMinute: integer(0, 'Dispatches a minute; 0 for no limit.'),
} as const;

type Loaded<O> = O extends Option<infer T> ? T : never;
type LoadedSection<S> = { readonly [K in keyof S]: Loaded<S[K]> };

export type DomainOptions = LoadedSection<typeof domainOptions>;
export type RelayOptions = LoadedSection<typeof relayOptions>;
type RetryOptions = LoadedSection<typeof retryOptions>;
type ProviderOptions = LoadedSection<typeof providerOptions>;

/** Sections that may stand several times, with what the generated pages say of them. */
export const tables = {
  domain: {
    options: domainOptions,
    doc: 'One for each return-path domain whose MX this is; without any, the one below.',
    needs: ['name', 'a name, the return-path domain'],
  },
  relay: {
    options: relayOptions,
    doc: 'One for each way out; without any, no mail is taken for sending.',
    needs: ['url', 'a url'],
  },
  retry: {
    options: retryOptions,
    doc: 'One for each schedule that differs from the standard one.',
    needs: ['delays', 'delays'],
  },
  provider: { options: providerOptions, doc: 'One for each provider with caps of its own.', needs: ['name', 'a name'] },
} as const;
export type Options = { readonly [S in keyof typeof sections]: LoadedSection<(typeof sections)[S]> } & {
  readonly domain: readonly DomainOptions[];
  readonly relay: readonly RelayOptions[];
  readonly retry: readonly RetryOptions[];
  readonly provider: readonly ProviderOptions[];
};
