import { streamWithinDeadline, withinDeadline } from '../deadline.ts';
import { createLogger, type ErrorLog } from '../logger.ts';
import { maskUnexpected } from '../present-error.ts';
import type { CallContext } from '../principal.ts';
import { observeCall } from '../telemetry/observe-call.ts';
import {
  methodsOf,
  type Method,
  type ServiceDefinition,
  type ServiceOf,
  type UntypedHandler,
  type UntypedService,
} from './definition.ts';

/**
 * A client of a service in the same process: its methods call the handlers, with no transport in between, and behave as
 * over the wire: bounded by the call's deadline, unexpected errors masked and logged where they happen.
 * `handlers` is asked for at each call, so that services that need each other can be opened in any order.
 * Messages are not copied: both sides treat them as frozen.
 */
export function createDirectClient<Definition extends ServiceDefinition>(
  definition: Definition,
  handlers: () => NoInfer<ServiceOf<Definition>>,
  { logger = createLogger({ name: 'rpc' }) }: { logger?: ErrorLog } = {},
): ServiceOf<Definition> {
  const untyped = handlers as () => UntypedService;
  const methods = methodsOf(definition).map(([name, method]) => {
    const handler: UntypedHandler = (call, request) => {
      const handle = untyped()[name];
      if (!handle) throw new Error(`${method.path} has no handler`);
      return handle(call, request);
    };
    return [name, method.isStream ? streamer(handler, logger) : caller(method, handler, logger)];
  });
  return Object.fromEntries(methods) as ServiceOf<Definition>;
}

function caller({ path }: Method, handler: UntypedHandler, logger: ErrorLog) {
  const answer = async (call: CallContext, request: unknown): Promise<unknown> => {
    try {
      return await withinDeadline(call, async (inner) => handler(inner, request));
    } catch (error) {
      throw maskUnexpected(error, { requestId: call.requestId, logger });
    }
  };
  return (call: CallContext, request: unknown): Promise<unknown> =>
    observeCall({ side: 'server', path, trace: call.trace }, () => answer(call, request));
}

function streamer(handler: UntypedHandler, logger: ErrorLog) {
  return (call: CallContext, request: unknown): AsyncIterable<unknown> =>
    streamWithinDeadline(
      call,
      (inner) => handler(inner, request) as AsyncIterable<unknown>,
      (error) => maskUnexpected(error, { requestId: call.requestId, logger }),
    );
}
