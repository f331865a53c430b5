/** A reply can't wait for ever: neither for a commit nor for whatever else stands behind it. */

/** Rejects after `ms`; what comes later from `work` is nobody's any more, least of all an unhandled rejection. */
export function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no commit within ${ms} ms`));
    }, ms);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
