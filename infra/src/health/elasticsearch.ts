/** Rejects unless the cluster takes the password and has all its primary shards. */
export async function checkElasticsearch(url: string, password: string): Promise<void> {
  const answer = await fetch(new URL('/_cluster/health', url), {
    headers: { authorization: `Basic ${Buffer.from(`elastic:${password}`).toString('base64')}` },
    signal: AbortSignal.timeout(5000),
  });
  if (!answer.ok) throw new Error(`Elasticsearch answers ${answer.status}`);
  const { status } = (await answer.json()) as { status: string };
  if (status === 'red') throw new Error('the cluster is red: some of its data are missing');
}
