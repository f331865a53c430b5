/** What a loop sleeps on: until somebody rings, or for so long. A ring while nobody sleeps is kept for the next sleep. */
export interface Bell {
  ring(): void;
  /** @param ms milliseconds at most. */
  sleep(ms: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wakeUp: (() => void) | null = null;
  return {
    ring() {
      if (wakeUp === null) rung = true;
      else wakeUp();
    },
    sleep(ms) {
      if (rung) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          wakeUp = null;
          resolve();
        };
        const timer = setTimeout(end, ms);
        wakeUp = end;
      });
    },
  };
}
