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

/** Elasticsearch takes no writes into an index, as on a full disk: the work is good, and the same will be taken once it is opened again. */
export class Blocked extends StarlingError {
  constructor(name: string, reason: string, options?: ErrorOptions) {
    super('UNAVAILABLE', `Elasticsearch at ${name} takes no writes: ${reason}`, {}, options);
    this.name = 'Blocked';
  }
}

/** A search that costs more than it may: told in time with a part of the answer, by a refusal (429), or not at all. */
export function tooSlow(options?: ErrorOptions): StarlingError {
  return new StarlingError('DEADLINE_EXCEEDED', 'The search takes too long; ask for something rarer', {}, options);
}

export const BUSY_STATUS = 429;
const FORBIDDEN_STATUS = 403;
/** Of an index, or of all there is, as it is without a master. */
export const BLOCK = 'cluster_block_exception';

/** A block that it or somebody has put on an index. */
export function isBlock(status: number, type: string): boolean {
  return type === BLOCK && (status === BUSY_STATUS || status === FORBIDDEN_STATUS);
}

/** Busy, without a shard or a master, behind a proxy that finds nobody: later it may do the same work. */
export const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
