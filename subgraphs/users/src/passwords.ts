import { hash, parseOptions, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';

export type PasswordCost = { passwordMemoryKiB: number; passwordPasses: number; passwordLanes: number };

export type Passwords = {
  hash(password: string): Promise<string>;
  /** Null stands for a login that does not exist: it costs the same and is never true. */
  verify(hashed: string | null, password: string): Promise<boolean>;
  /** True if the hash was made at another cost than today's. */
  isOutdated(hashed: string): boolean;
};

/** Argon2id. Passwords are compared in NFC, so that it does not matter how an accent was typed. */
export function createPasswords(cost: PasswordCost): Passwords {
  const options = {
    memoryCost: cost.passwordMemoryKiB,
    timeCost: cost.passwordPasses,
    parallelism: cost.passwordLanes,
  };
  const hashPassword = (password: string) => hash(password.normalize('NFC'), options);
  const decoy = hashPassword(randomBytes(32).toString('base64'));

  return {
    hash: hashPassword,
    async verify(hashed, password) {
      const isRight = await verify(hashed ?? (await decoy), password.normalize('NFC'));
      return isRight && hashed !== null;
    },
    isOutdated(hashed) {
      const { memoryCost, timeCost, parallelism } = parseOptions(hashed);
      return memoryCost !== options.memoryCost || timeCost !== options.timeCost || parallelism !== options.parallelism;
    },
  };
}
