import { InvalidArgumentError, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../engines.ts';
import { portsAt } from '../ports.ts';
import { reasonOf } from '../servers-error.ts';

export type UpFlags = {
  brokers?: 1 | 3;
  engines?: EngineName[];
  portOffset?: number;
  data?: Record<string, string>;
};

/** What `up` can be told. */
export function upOptions(): Option[] {
  return [
    new Option('--brokers <count>', 'Kafka brokers; by default as last time, else 1').argParser(brokerCount),
    new Option(
      '--engines <names>',
      `some of ${ENGINE_NAMES.join(',')}, or all; by default as last time, else all`,
    ).argParser(engineNames),
    new Option(
      '--port-offset <number>',
      'moves every port up, in steps of 500; by default as last time, else not at all',
    )
      .argParser(portOffset)
      .env('SERVERS_PORT_OFFSET'),
    new Option(
      '--data <server=folder>',
      'keeps the data of one server, such as kafka-1, in a folder there; may be repeated',
    ).argParser(dataFolder),
  ];
}

function brokerCount(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new InvalidArgumentError('Kafka has 1 broker here, or 3.');
}

function engineNames(text: string): EngineName[] {
  if (text === 'all') return [...ENGINE_NAMES];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !isEngine(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`There is no ${unknown.join(', ')}; there are ${ENGINE_NAMES.join(', ')}, and all.`);
  return names.filter(isEngine);
}

function isEngine(name: string): name is EngineName {
  return (ENGINE_NAMES as readonly string[]).includes(name);
}

function portOffset(text: string): number {
  try {
    portsAt(Number(text));
    return Number(text);
  } catch (error) {
    throw new InvalidArgumentError(reasonOf(error));
  }
}

function dataFolder(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Expected server=folder, such as kafka-1=/mnt/disk.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
