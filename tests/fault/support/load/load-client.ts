import type { Tally } from './tally.ts';

/** `failed`: nobody knows whether it was done. */
export type Reply<Data> = { outcome: 'answered'; data: Data } | { outcome: 'failed'; code: string };

/** Somebody's HTTP client. It never asks twice by itself; after a failure it goes to the next door. */
export type LoadClient = {
  ask<Data>(query: string, variables?: Record<string, unknown>): Promise<Reply<Data>>;
  /** As `ask`, but rejects if there is no proper answer. */
  get<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
};

export type ClientOptions = {
  /** `host:port` of every door there is now. */
  doors: () => readonly string[];
  accessToken: string | null;
  tally: Pick<Tally, 'sent' | 'failed'>;
};

/** Longer than any answer may take. */
const TIMEOUT_MS = 15_000;

export function createLoadClient({ doors, accessToken, tally }: ClientOptions): LoadClient {
  let attempts = 0;
  const headers = {
    'content-type': 'application/json',
    ...(accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }),
  };
  const ask = async <Data>(query: string, variables: Record<string, unknown> = {}): Promise<Reply<Data>> => {
    const open = doors();
    const door = open[attempts % open.length] ?? '';
    tally.sent();
    const reply = await send<Data>(`http://${door}/graphql`, headers, JSON.stringify({ query, variables }));
    if (reply.outcome === 'failed') {
      tally.failed(reply.code);
      attempts += 1;
    }
    return reply;
  };
  return {
    ask,
    async get<Data>(query: string, variables?: Record<string, unknown>) {
      const reply = await ask<Data>(query, variables);
      if (reply.outcome === 'failed') throw new Error(`No answer: ${reply.code}`);
      return reply.data;
    },
  };
}

type Body<Data> = { data?: Data | null; errors?: { message: string; extensions?: { code?: string } }[] };

async function send<Data>(url: string, headers: Record<string, string>, body: string): Promise<Reply<Data>> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    const { data, errors } = parse<Data>(text);
    if (errors) return { outcome: 'failed', code: errors[0]?.extensions?.code ?? errors[0]?.message ?? 'an error' };
    if (!response.ok || !data) return { outcome: 'failed', code: `HTTP ${response.status}` };
    return { outcome: 'answered', data };
  } catch (error) {
    return { outcome: 'failed', code: codeOf(error) };
  }
}

/** A proxy's own page is no GraphQL answer. */
function parse<Data>(text: string): Body<Data> {
  try {
    return JSON.parse(text) as Body<Data>;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function codeOf(error: unknown): string {
  const { cause, name } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? name;
}
