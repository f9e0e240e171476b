import type { ExecutionResult } from 'graphql';
import { StarlingError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { mapIterator } from '../map-iterator.ts';
import type { CallContext } from '../principal.ts';
import { subscribeInSubgraph, type SubgraphRequest } from '../subgraph/execute-in-subgraph.ts';
import type { Subgraph } from '../subgraph/port.ts';
import { MARK, type Mark } from './wire.ts';

type Options = { subgraph: Subgraph; maxSubscriptions: number; logger: Logger };
type Results = AsyncIterableIterator<ExecutionResult>;
type Open = (asked: { request: SubgraphRequest; call: CallContext }) => Promise<Results | ExecutionResult>;

/**
 * Opens subscriptions whose first result marks that they stand, and whose last one marks that the source has broken, where
 * it has: the protocol itself says neither.
 */
export function openMarked({ subgraph, maxSubscriptions, logger }: Options): Open {
  let standing = 0;
  return async ({ request, call }) => {
    if (standing >= maxSubscriptions) return refusal(subgraph.name);
    standing += 1;
    const onEnd = () => (standing -= 1);
    const events = await subscribeInSubgraph(subgraph, request, call, { logger });
    if (Symbol.asyncIterator in events) return marked(events as Results, onEnd);
    onEnd();
    return events as ExecutionResult;
  };
}

function marked(events: Results, onEnd: () => void): Results {
  const source = mapIterator(events, { map: (event) => event, lastOnError: () => mark('broken') });
  let hasBegun = false;
  let end = () => {
    end = () => undefined;
    onEnd();
  };
  return {
    async next() {
      if (!hasBegun) {
        hasBegun = true;
        return { done: false, value: mark('stands') };
      }
      const step = await source.next();
      if (step.done) end();
      return step;
    },
    async return() {
      end();
      return source.return?.() ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function mark(value: Mark): ExecutionResult {
  return { extensions: { [MARK]: value } };
}

function refusal(name: string): ExecutionResult {
  const { message, code } = new StarlingError('UNAVAILABLE', `The subgraph ${name} has too many listeners; try again`);
  return { errors: [{ message, extensions: { code } }] } as unknown as ExecutionResult;
}
