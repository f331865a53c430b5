/**
 * What applications import from `bouncemx/verp`: minting return-paths with a key, reading keys, checking return-paths.
 * No I/O, no clock, no randomness: the caller reads the key file and says which day it is.
 */
export { createKeyRing, dayOf, parseKeyRing, signingKey, type KeyRing, type VerpKey } from './key-ring.ts';
export {
  decodeReturnPath,
  encodeOpaqueReturnPath,
  encodeReturnPath,
  messageTagOf,
  type DecodedReturnPath,
  type EncodedReturnPath,
  type ReturnPathDomain,
} from './return-path.ts';
