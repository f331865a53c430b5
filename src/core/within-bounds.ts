/**
 * `list[index]` where the index is within bounds, which the type system cannot know. One function for each kind of list: one that has
 * met several kinds asks at every call which it got. Ordinary lists, which are of many kinds themselves, are left to their files.
 */

export function octetAt<T = number>(list: Readonly<Record<number, T>> & Uint8Array, index: number): T {
  return list[index] as T;
}

export function cellAt<T = number>(list: Readonly<Record<number, T>> & Int32Array, index: number): T {
  return list[index] as T;
}
