import { isIPv6 } from 'node:net';
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
 * node that has none yet, at the same port. Nodes that left are forgotten.
 */
export function learnEndpoints(
  known: readonly EndpointReport[],
  nodes: PveClusterStatus['nodes'],
  { via, isInsecure }: { via: Via; isInsecure: boolean },
): readonly EndpointReport[] {
  const local = nodes.find((node) => node.local === true);
  if (local === undefined) return known;
  const nodeByUrl = new Map(nodes.map(({ name, ip }) => [urlOf(ip, via.url), name]));
  const configured = known
    .filter(({ isConfigured }) => isConfigured)
    .map((one) => ({ ...one, node: one.url === via.url ? local.name : (nodeByUrl.get(one.url) ?? one.node) }));
  const owned = new Set(configured.map(({ node }) => node));
  const addable = isSameNetwork(via, local.ip, isInsecure) ? [...nodeByUrl] : [];
  const learnt = new Map(known.filter(({ isConfigured }) => !isConfigured).map((one) => [one.url, one]));
  for (const [url, name] of addable) {
    if (url !== null && learnt.get(url)?.node !== name) learnt.set(url, newEndpoint(url, name));
  }
  const isMember = ({ node, url }: EndpointReport): boolean =>
    addable.length > 0 ? nodeByUrl.get(url) === node : nodes.some(({ name }) => name === node);
  return [...configured, ...[...learnt.values()].filter((one) => !owned.has(one.node) && isMember(one))];
}

/**
 * Whether the addresses that the cluster tells mean the same machines here. Behind a tunnel they do not, and behind NAT they may
 * be those of strangers, who can be told apart only where certificates are verified.
 */
function isSameNetwork({ remoteAddress }: Via, localIp: string | undefined, isInsecure: boolean): boolean {
  if (remoteAddress === null || localIp === undefined) return false;
  const [there, told] = [normalized(remoteAddress), normalized(localIp)];
  return there === told || (!isInsecure && !isLoopback(there));
}

function urlOf(ip: string | undefined, via: string): string | null {
  const { protocol, port } = new URL(via);
  if (ip === undefined || protocol !== 'https:') return null;
  const address = `https://${isIPv6(ip) ? `[${ip}]` : ip}${port && `:${port}`}`;
  return URL.canParse(address) ? new URL(address).origin : null;
}

function normalized(ip: string): string {
  const address = ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIPv6(address) ? new URL(`https://[${address}]`).hostname : address;
}

function isLoopback(ip: string): boolean {
  return ip === '[::1]' || ip.startsWith('127.');
}
