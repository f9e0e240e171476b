import type { Logger } from '../logger.ts';
import type { ServiceDefinition, ServiceOf } from '../rpc/definition.ts';
import { createGrpcClient } from '../rpc/grpc-client.ts';
import type { SigningKeys } from '../signing.ts';

export type Definitions = Readonly<Record<string, ServiceDefinition>>;
export type Services<Asked extends Definitions> = { [Name in keyof Asked]: ServiceOf<Asked[Name]> };

export type AskedOptions = {
  /** Where each service answers, by its name. */
  targets: Readonly<Record<string, string>>;
  keys: SigningKeys;
  logger: Logger;
};

/** Clients of the services that this process asks. They connect when first used. */
export function openServices<Asked extends Definitions>(
  asked: Asked,
  { targets, keys, logger }: AskedOptions,
): { services: Services<Asked>; close(): void } {
  const clients = Object.entries(asked).map(([name, definition]) => {
    const address = targets[name];
    if (!address) throw new Error(`Nobody has said where the service ${name} answers.`);
    return [name, createGrpcClient(definition, { address, keys, audience: name, logger })] as const;
  });
  return {
    services: Object.fromEntries(clients.map(([name, { service }]) => [name, service])) as Services<Asked>,
    close: () => clients.forEach(([, client]) => client.close()),
  };
}
