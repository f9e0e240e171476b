import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { LogRecord, NewRecord } from '../port.ts';

export function toMessage({ key, value, headers }: NewRecord, partition: number) {
  return { key, value, headers, partition };
}

/** Whatever others may have written: what is missing is empty, and of a header that comes twice the last counts. */
export function toRecord(message: KafkaMessage, topic: string, partition: number): LogRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? '',
    value: message.value?.toString() ?? '',
    headers: headersOf(message.headers),
    appendedAt: Number(message.timestamp),
  };
}

function headersOf(headers: IHeaders = {}): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined && last !== null) read[name] = last.toString();
  }
  return read;
}

/** About what it takes on the wire, before compression. */
export function bytesOf({ key, value, headers }: NewRecord): number {
  let bytes = OVERHEAD + Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const name in headers) bytes += 2 + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}

const OVERHEAD = 20;
