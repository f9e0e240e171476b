/** Schedules work that is done now and then, by one process at a time, and stops it when it has been done once. */
export async function workOnce(
  schedule: (
    oneAtATime: (work: () => Promise<void>) => Promise<boolean>,
    onError: (error: unknown) => void,
  ) => { stop(): Promise<void> },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { stop } = schedule(async (work) => {
    await work();
    resolve();
    return true;
  }, reject);
  await promise;
  await stop();
}
