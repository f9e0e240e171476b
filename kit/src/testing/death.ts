/** A process that dies between the commit of a change and its answer, so that nothing is forgotten that the change makes old. */
export function createDeath() {
  let isDying = false;
  return {
    /** What is not done any more by who dies. */
    spared:
      <Args extends unknown[]>(forget: (...args: Args) => Promise<void>) =>
      async (...args: Args): Promise<void> => {
        if (!isDying) await forget(...args);
      },
    /** Makes a change, and dies. */
    async unanswered<Result>(change: () => Promise<Result>): Promise<Result> {
      isDying = true;
      return change().finally(() => (isDying = false));
    },
  };
}
