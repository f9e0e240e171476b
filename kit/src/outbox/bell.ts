/** Wakes one waiter, and remembers a ring that came before somebody waited. */
export function createBell() {
  let isRung = false;
  let wake = () => {};
  return {
    ring() {
      isRung = true;
      wake();
    },
    reset() {
      isRung = false;
    },
    /** Resolves when the bell has rung since `reset`, or after the time. */
    async rung(ms: number): Promise<void> {
      if (isRung) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

export type Bell = ReturnType<typeof createBell>;
