/** Rejects unless HAProxy serves its figures. */
export async function checkHaproxy(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(5000) });
  const figures = await answer.text();
  if (!figures.includes('haproxy_process_')) throw new Error(`HAProxy answers ${answer.status} without figures`);
}
