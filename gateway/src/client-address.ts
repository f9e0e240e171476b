import type { IncomingMessage } from 'node:http';

/**
 * Address of the client, null if the connection is gone. `trustedProxies` is the number of proxies in front: each has
 * added the address it saw to the end of X-Forwarded-For, and what stands further left is the client's own claim.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string | null {
  const { remoteAddress = null } = request.socket;
  if (trustedProxies === 0) return remoteAddress;
  const header = request.headers['x-forwarded-for'] ?? '';
  const told = (Array.isArray(header) ? header.join(',') : header).split(',').map((address) => address.trim());
  const fromNearest = [remoteAddress, ...told.filter(Boolean).reverse()];
  return fromNearest[Math.min(trustedProxies, fromNearest.length - 1)] ?? null;
}
