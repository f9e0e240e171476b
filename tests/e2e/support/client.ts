import { createClient, type ExecutionResult } from 'graphql-ws';
import WebSocket from 'ws';
import { operation } from './operations.ts';

export type TopError = {
  message: string;
  path?: (string | number)[];
  extensions: { code: string } & Record<string, unknown>;
};
export type Answer<Data> = { status: number; data: Data | null; errors?: TopError[] };

/** Somebody at the door, over real HTTP and WebSocket. */
export type Door = {
  /** Runs an operation of schema/operations by its name, or a whole text. */
  ask<Data>(operation: string, variables?: Record<string, unknown>): Promise<Answer<Data>>;
  /** As `ask`, but rejects if the answer has errors. */
  get<Data>(operation: string, variables?: Record<string, unknown>): Promise<Data>;
  subscribe<Data>(operation: string, variables?: Record<string, unknown>): Feed<Data>;
};

/** Results of a subscription in their order. */
export type Feed<Data> = { next(): Promise<ExecutionResult<Data>>; close(): Promise<void> };

export function openDoor(port: number, accessToken: string | null = null): Door {
  const ask = async <Data>(name: string, variables: Record<string, unknown> = {}): Promise<Answer<Data>> => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken === null ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ query: textOf(name), variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer<Data>, 'status'>) };
  };
  return {
    ask,
    async get<Data>(name: string, variables?: Record<string, unknown>) {
      const { data, errors } = await ask<Data>(name, variables);
      if (errors || data === null) throw new Error(JSON.stringify(errors));
      return data;
    },
    subscribe: (name, variables) => subscribe(port, accessToken, textOf(name), variables),
  };
}

function textOf(name: string): string {
  return /^\w+$/.test(name) ? operation(name) : name;
}

function subscribe<Data>(
  port: number,
  accessToken: string | null,
  query: string,
  variables: Record<string, unknown> = {},
): Feed<Data> {
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: accessToken === null ? {} : { Authorization: `Bearer ${accessToken}` },
  });
  const results = client.iterate<Data>({ query, variables });
  return {
    async next() {
      const { done, value } = await results.next();
      if (done) throw new Error('The subscription has ended.');
      return value as ExecutionResult<Data>;
    },
    async close() {
      await results.return?.();
      await client.dispose();
    },
  };
}
