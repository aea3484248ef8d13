import { type EndpointTls, pinsOf } from '../net/connection.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { ResolvedTls } from '../types/provider.ts';
import { normalizeEndpoint } from './endpoint-address.ts';

/** Throws AppError('configuration') for a fingerprint or an address that is none. */
export function checkPins({ pins = {}, fingerprint }: ResolvedTls): void {
  for (const pin of Object.values(pins)) pinsOf(pin);
  for (const key of Object.keys(pins)) if (isAddress(key)) normalizeEndpoint(key);
  if (fingerprint !== undefined && (fingerprint !== '' || Object.keys(pins).length === 0)) pinsOf(fingerprint);
}

/** How the certificate of one address is verified; null: it cannot be, for no pin is its own. */
export function trustOf(
  endpoint: Pick<EndpointReport, 'url' | 'node' | 'isConfigured'>,
  tls: ResolvedTls,
  known: readonly EndpointReport[],
): EndpointTls | null {
  const { pins, fingerprint, ...others } = tls;
  if (pins === undefined && fingerprint === undefined) return { ...others, names: namesOf(endpoint, known) };
  const all = Object.entries(pins ?? {}).map(([key, pin]) => ({ key, pins: pinsOf(pin) }));
  const own = all.filter(({ key }) => isAddress(key) && normalizeEndpoint(key) === endpoint.url);
  const ofNodes = all.filter(({ key }) => (endpoint.isConfigured ? !isAddress(key) : key === endpoint.node));
  const general = own.length > 0 || fingerprint === undefined || fingerprint === '' ? [] : pinsOf(fingerprint);
  const named = [...own, ...ofNodes].flatMap((one) => one.pins);
  // A configured address may be one that moves from node to node.
  if (endpoint.isConfigured) return { fingerprint: [...general, ...named].join(',') };
  if (named.length > 0) return { fingerprint: named.join(',') };
  return general.length > 1 ? { fingerprint: general.join(',') } : null;
}

function isAddress(key: string): boolean {
  return key.includes('://');
}

/** A name of one label. With a dot the cluster could name a host of its own, for which authorities gave it a certificate. */
const BARE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Host names that the certificate of a learnt address may be for in place of its IP address: the node's name, and that in the
 * domain of a configured address which is a node's name too. Proxmox VE puts name and IP address into its own certificates;
 * one from elsewhere (`pvenode acme`) has the full name alone.
 */
function namesOf(
  { node, isConfigured }: Pick<EndpointReport, 'node' | 'isConfigured'>,
  known: readonly EndpointReport[],
): string[] {
  if (isConfigured || node === null || !BARE_NAME.test(node)) return [];
  return [node, ...known.flatMap((one) => domainOf(one) ?? []).map((domain) => `${node}${domain}`)];
}

/** `.example.com` of a configured address that is a node's name in a domain. */
function domainOf({ url, node, isConfigured }: EndpointReport): string | null {
  const { hostname } = new URL(url);
  if (!isConfigured || node === null || !BARE_NAME.test(node)) return null;
  return hostname.startsWith(`${node}.`) ? hostname.slice(node.length) : null;
}
