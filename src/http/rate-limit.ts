/**
 * How often one peer may ask: a bucket for each IPv4 address or IPv6 /64 that holds ten seconds' worth. Memory is bounded:
 * beyond `maxPeers` the peer that was seen longest ago is forgotten, and begins anew with a full bucket.
 */
const windowSeconds = 10;
const maxPeers = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Asks for one request of `peer` at `nowMs` (monotonic milliseconds). Answers 0 for yes, or the seconds to wait.
 * A rate of 0 is no limit.
 */
export function createRateLimit(requestsPerSecond: number): (peer: string, nowMs: number) => number {
  const size = requestsPerSecond * windowSeconds;
  const buckets = new Map<string, Bucket>();
  if (requestsPerSecond === 0) return () => 0;
  return (peer, nowMs) => {
    const key = peerKey(peer);
    const bucket = buckets.get(key) ?? { tokens: size, at: nowMs };
    bucket.tokens = Math.min(size, bucket.tokens + ((nowMs - bucket.at) / 1000) * requestsPerSecond);
    bucket.at = nowMs;
    // Deleted and set again: a Map keeps insertion order, so the first key is the one seen longest ago.
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > maxPeers) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / requestsPerSecond);
    bucket.tokens -= 1;
    return 0;
  };
}

/** `2001:db8:1:2::3` → its /64; IPv4, also as an IPv6-mapped one, as it is. */
export function peerKey(peer: string): string {
  if (!peer.includes(':')) return peer;
  if (peer.includes('.')) return peer.slice(peer.lastIndexOf(':') + 1);
  const plain = peer.split('%', 1)[0] ?? peer;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left.slice(0, 4).join(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
