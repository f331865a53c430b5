/**
 * The resolver of a daemon, for tests in which it fails: a server of names that answers, answers late, refuses or says
 * nothing, and a preload that makes the daemon ask it.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

/** `answers`: every name is at 127.0.0.1, and has no MX. */
export type ResolverMode = 'answers' | 'slow' | 'servfail' | 'silent';

export interface TestResolver {
  mode: ResolverMode;
  /** Questions so far. */
  readonly asked: number;
  readonly port: number;
  close(): void;
}

const addressType = 1;

/** @param slowMs for `slow`. */
export async function startResolver(slowMs: number): Promise<TestResolver> {
  const socket = createSocket('udp4');
  const timers = new Set<NodeJS.Timeout>();
  let asked = 0;
  socket.on('message', (query, peer) => {
    asked++;
    if (resolver.mode === 'silent') return;
    const end = query.indexOf(0, 12) + 5;
    const question = query.subarray(12, end);
    const isAddress = query.readUInt16BE(end - 4) === addressType;
    const failed = resolver.mode === 'servfail';
    const answers = isAddress && !failed ? [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1])] : [];
    const header = Buffer.from([0x85, failed ? 0x82 : 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    const reply = Buffer.concat([query.subarray(0, 2), header, question, ...answers]);
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        socket.send(reply, peer.port, peer.address);
      },
      resolver.mode === 'slow' ? slowMs : 0,
    );
    timers.add(timer);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = {
    mode: 'answers' as ResolverMode,
    get asked() {
      return asked;
    },
    port: socket.address().port,
    close() {
      for (const timer of timers) clearTimeout(timer);
      socket.close();
    },
  };
  return resolver;
}

/** What NODE_OPTIONS must hold so that every resolver of the process asks this server. @param file is written. */
export async function askingAt(port: number, file: string): Promise<string> {
  await writeFile(
    file,
    `import dns from 'node:dns';
const servers = ['127.0.0.1:${port}'];
const told = new WeakSet();
dns.setServers(servers);
for (const { prototype } of [dns.Resolver, dns.promises.Resolver])
  for (const method of ['resolve4', 'resolve6', 'resolveMx']) {
    const own = prototype[method];
    prototype[method] = function (...args) {
      if (!told.has(this)) this.setServers(servers);
      told.add(this);
      return own.apply(this, args);
    };
  }
`,
  );
  return `--import=${pathToFileURL(file).href}`;
}
