import { isIP, isIPv6 } from 'node:net';
import type { EndpointReport } from '../types/endpoint.ts';
import { newEndpoint } from './endpoint-state.ts';
import type { PveClusterStatus } from './pve-types.ts';

/** Where an answer came from. */
export interface Via {
  url: string;
  /** IP address of the other end of the connection. */
  remoteAddress: string | null;
}

/**
 * The addresses of a cluster after it told of its nodes: which node the one that answered belongs to, and one address for each
 * node that has none yet, at the same port. Nodes that left are forgotten. Where certificates are not verified nothing is
 * learnt: whoever answers could lead the credential to any address.
 */
export function learnEndpoints(
  known: readonly EndpointReport[],
  nodes: PveClusterStatus['nodes'],
  { via, isVerified }: { via: Via; isVerified: boolean },
): readonly EndpointReport[] {
  const local = nodes.find((node) => node.local === true);
  if (local === undefined) return known;
  const told = nodes.map(({ name, ip }) => ({ name, url: urlOf(ip, via.url) }));
  const configured = known
    .filter(({ isConfigured }) => isConfigured)
    .map((one) => ({ ...one, node: one.url === via.url ? local.name : (nodeAt(one.url, told) ?? one.node) }));
  if (!isVerified) return configured;
  const owned = new Set(configured.map(({ node }) => node));
  const current = isSameNetwork(via, local.ip) ? told : nodes.map(({ name }) => ({ name, url: null }));
  const learnt = current.flatMap(({ name, url }) => {
    const before = known.filter((one) => !one.isConfigured && one.node === name);
    // A node that is off may be listed without its IP address.
    if (url === null) return before;
    return before.find((one) => one.url === url) ?? newEndpoint(url, name);
  });
  return [...configured, ...learnt.filter(({ node }) => !owned.has(node))];
}

function nodeAt(url: string, told: readonly { name: string; url: string | null }[]): string | undefined {
  return told.find((one) => one.url === url)?.name;
}

/**
 * Whether the addresses that the cluster tells may mean the same machines here. Behind a tunnel they do not; behind NAT they may
 * be those of strangers, whose certificates tell them apart.
 */
function isSameNetwork({ url, remoteAddress }: Via, localIp: string | undefined): boolean {
  if (remoteAddress === null || localIp === undefined || isBelowPath(url)) return false;
  const [there, told] = [normalized(remoteAddress), normalized(localIp)];
  return there === told || !isLoopback(there);
}

/** A reverse proxy that has the API below a path stands for the whole cluster: nodes are not reached past it. */
function isBelowPath(url: string): boolean {
  return new URL(url).pathname !== '/';
}

function urlOf(ip: string | undefined, via: string): string | null {
  const { protocol, port } = new URL(via);
  // One with a zone, such as fe80::1%vmbr0, means something on its own node only.
  if (ip === undefined || isIP(ip) === 0 || ip.includes('%') || protocol !== 'https:') return null;
  return new URL(`https://${isIPv6(ip) ? `[${ip}]` : ip}${port && `:${port}`}`).origin;
}

function normalized(ip: string): string {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIPv6(address) ? new URL(`https://[${address}]`).hostname : address;
}

function isLoopback(ip: string): boolean {
  return ip === '[::1]' || ip.startsWith('127.');
}
