/**
 * What a process opens a subgraph for: to answer requests, or to run its consumers and its relay alone. A worker mints no
 * ids and leaves upkeep to those who serve.
 */
export type Role = 'server' | 'worker';
