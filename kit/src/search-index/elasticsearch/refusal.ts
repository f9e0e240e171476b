import { StarlingError } from '../../errors.ts';

/** Elasticsearch has understood a request and refuses it: the same request would be refused again. */
export class Refusal extends Error {
  /** Of HTTP; 0 for a server of another kind. */
  readonly status: number;
  /** Elasticsearch's own name for it, such as `strict_dynamic_mapping_exception`. */
  readonly type: string;

  constructor(status: number, type: string, reason: string, options?: ErrorOptions) {
    super(`Elasticsearch refuses: ${reason} (${type})`, options);
    this.name = 'Refusal';
    this.status = status;
    this.type = type;
  }
}

/** Elasticsearch has more to do than it takes: it works, so it is no outage, and may be asked again after a while. */
export class Busy extends StarlingError {
  constructor(name: string, options?: ErrorOptions) {
    super('UNAVAILABLE', `Elasticsearch at ${name} cannot take any more for now`, {}, options);
    this.name = 'Busy';
  }
}

export const BUSY_STATUS = 429;

/** Busy, without a shard or a master, behind a proxy that finds nobody: later it may do the same work. */
export const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
