import { type CircuitBreakerPolicy, CircuitState } from 'cockatiel';
import { breakerState } from '../telemetry/metrics.ts';

/** Shows the state of a breaker, now and from now on, as the metric of this name. */
export function observeBreaker(name: string, breaker: Pick<CircuitBreakerPolicy, 'state' | 'onStateChange'>): void {
  breaker.onStateChange((state) => breakerState.set({ breaker: name }, TOLD_AS[state]));
  breakerState.set({ breaker: name }, TOLD_AS[breaker.state]);
}

const TOLD_AS: Readonly<Record<CircuitState, number>> = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
};
