import type { Id } from '@starling/domain/ids.ts';
import { createRandom, type Random } from '@starling/stack/community/random.ts';
import { operation } from '../../../e2e/support/operations.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createLoadClient, type LoadClient } from './load-client.ts';
import { CHANGES } from './operations.ts';
import { createTally, type Tally } from './tally.ts';

export type LoadPerson = { id: Id; handle: string; accessToken: string; client: LoadClient };

/** People who do things, people who only listen, one who follows nobody and sees everything, and what has been done. */
export type Crowd = {
  people: readonly LoadPerson[];
  watchers: readonly LoadPerson[];
  auditor: LoadPerson;
  ledger: Ledger;
  /** Of the load that runs now; a new one begins with each load. */
  tally: Tally;
  random: Random;
  doors: () => readonly string[];
};

export type CrowdOptions = {
  /** `host:port` of every door there is now. */
  doors: () => readonly string[];
  people: number;
  watchers?: number;
  seed: number;
};

const PASSWORD = 'correct horse battery';
const FOLLOWED_BY_A_WATCHER = 4;

/** Registers everybody, by the door. People follow some of each other; what a watcher follows never changes. */
export async function gatherCrowd({
  doors,
  people: size,
  watchers: listening = 2,
  seed,
}: CrowdOptions): Promise<Crowd> {
  const crowd: { tally: Tally } = { tally: createTally() };
  // Each request counts for the load that runs when it is made.
  const tally = { sent: () => crowd.tally.sent(), failed: (code: string) => crowd.tally.failed(code) };
  const random = createRandom(seed);
  const ledger = createLedger();
  const join = (handle: string) => register({ doors, tally }, `${handle}_${seed}`);
  const people = await inTurn(size, (index) => join(`p${index}`));
  const watchers = await inTurn(listening, (index) => join(`w${index}`));
  const [auditor] = await inTurn(1, () => join('auditor'));
  if (!auditor) throw new Error('Nobody audits.');

  for (const person of people) {
    for (const other of people) if (other !== person && random.chance(0.4)) await follow(ledger, person, other);
  }
  for (const watcher of watchers) {
    for (const other of people.slice(0, FOLLOWED_BY_A_WATCHER)) await follow(ledger, watcher, other);
  }
  return Object.assign(crowd, { people, watchers, auditor, ledger, random, doors });
}

type Registered = { register: { user: { id: Id } | null; accessToken: string | null; userErrors: object[] } };

async function register(
  at: { doors: () => readonly string[]; tally: Pick<Tally, 'sent' | 'failed'> },
  handle: string,
): Promise<LoadPerson> {
  const input = { handle, name: handle, email: `${handle}@example.org`, password: PASSWORD };
  const stranger = createLoadClient({ ...at, accessToken: null });
  const { register } = await stranger.get<Registered>(operation('Register'), { input });
  const { user, accessToken } = register;
  if (!user || accessToken === null) throw new Error(`Not registered: ${JSON.stringify(register.userErrors)}`);
  return { id: user.id, handle, accessToken, client: createLoadClient({ ...at, accessToken }) };
}

async function follow(ledger: Ledger, person: LoadPerson, other: LoadPerson): Promise<void> {
  await person.client.get(CHANGES.follow, { input: { userId: other.id } });
  ledger.follow(person.id, other.id).holds = true;
}

async function inTurn<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}
