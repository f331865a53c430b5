/** A DNS server on loopback that knows a few records: the fake at the wire for `check`. RFC 1035 §4. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const types: Readonly<Record<string, number>> = { A: 1, MX: 15, TXT: 16, AAAA: 28, TLSA: 52 };

/** Key: `MX bounce.example`. Values: RDATA. A name without records gets an answer without any. */
export type Zone = Readonly<Record<string, readonly Buffer[]>>;

export const txt = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
export const a = (...octets: number[]): Buffer => Buffer.from(octets);
export const mx = (priority: number, host: string): Buffer => Buffer.concat([Buffer.from([0, priority]), name(host)]);
export const tlsa = (digest: string): Buffer => Buffer.concat([Buffer.from([3, 1, 1]), Buffer.from(digest, 'hex')]);

export async function startDns(zone: Zone): Promise<{ address: string; close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, peer) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const question = query.subarray(12, at + 5);
    const type = query.readUInt16BE(at + 1);
    const typeName = Object.keys(types).find((each) => types[each] === type) ?? '';
    const answers = zone[`${typeName} ${labels.join('.').toLowerCase()}`] ?? [];
    const header = Buffer.from([...query.subarray(0, 2), 0x85, 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    const records = answers.map((data) => {
      const head = Buffer.from([
        0xc0,
        0x0c,
        type >> 8,
        type & 255,
        0,
        1,
        0,
        0,
        0,
        60,
        data.length >> 8,
        data.length & 255,
      ]);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, question, ...records]), peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => {
      socket.close();
    },
  };
}

function name(host: string): Buffer {
  const labels = host.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
