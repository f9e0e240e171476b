import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

const request = (forwarded?: string | string[]) =>
  ({ socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

test.each([
  ['nobody else is believed without trusted proxies', 0, '1.1.1.1', '10.0.0.1'],
  ['one proxy tells the client', 1, '1.1.1.1', '1.1.1.1'],
  ['what the client claims itself is further left and not believed', 1, '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  ['two proxies: the second from the right', 2, '6.6.6.6,1.1.1.1,10.0.0.2', '1.1.1.1'],
  ['fewer addresses than proxies: the furthest there is', 3, '1.1.1.1', '1.1.1.1'],
  ['an absent header: the connection', 1, undefined, '10.0.0.1'],
  ['several headers are one list', 1, ['6.6.6.6', '1.1.1.1'], '1.1.1.1'],
])('%s', (_what, trusted, forwarded, expected) => expect(clientAddress(request(forwarded), trusted)).toBe(expected));
