import type { ServerCertificate } from '../../app/app.ts';
import { resolveTls } from '../../app/config/tls.ts';
import type { Manifest } from '../../providers/manifest.ts';
import type { ClusterCertificates } from '../../providers/provider.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { plural } from '../output/format.ts';
import { confirmAll, inspectAll, wordsOf } from './trust.ts';

/** What an address shows. */
interface Shown {
  url: string;
  certificate: ServerCertificate;
}

type Pinned = Extract<TlsTrust, { mode: 'fingerprint' }>;

export interface TrustRequest {
  /** Fingerprints that the user brought from the server, separated by commas. */
  fingerprints?: string | undefined;
  /** Trust what the cluster's own authority signs, in place of one certificate for each node. */
  isClusterCa?: boolean;
}

/**
 * Looks at the certificates that a provider shows now, has those confirmed that are new, and learns those of the other nodes
 * over a connection that is trusted by then. Throws AppError('certificate') for what nobody confirms.
 */
export async function renewTrust(
  context: CliContext,
  stored: ProviderConfig,
  request: TrustRequest,
): Promise<TlsTrust> {
  const shown = await inspectAll(context, stored, authorityOf(stored.tls));
  const known = pinsOf(stored.tls);
  const unknown = shown.filter((one) => !isKnown(one, stored.tls, known));
  const byUser = request.fingerprints?.split(',') ?? [];
  const open = unknown.filter(({ certificate }) => !byUser.includes(certificate.fingerprint));
  const words = await wordsOf(stored);
  refuseOtherThan(byUser, shown, { open, words });
  const isByAuthority = stored.tls.mode !== 'fingerprint' && unknown.length === 0;
  if (isByAuthority && byUser.length === 0 && request.isClusterCa !== true) return stored.tls;
  for (const { url } of open) tellBefore(context, stored.tls, url);
  await confirmAll(context, open, { type: stored.type, command: commandFor(stored.name, open) });
  const pinned: Pinned = {
    mode: 'fingerprint',
    sha256: '',
    pins: Object.fromEntries(shown.map(({ url, certificate }) => [url, certificate.fingerprint])),
  };
  return request.isClusterCa === true
    ? clusterCa(context, { ...stored, tls: pinned })
    : withNodes(context, { ...stored, tls: pinned }, pinned);
}

/** Trusted by a pin, or because the authorities that count for this provider vouch for it. */
function isKnown({ certificate }: Shown, tls: TlsTrust, known: ReadonlySet<string>): boolean {
  return known.has(certificate.fingerprint) || (tls.mode !== 'fingerprint' && certificate.isTrusted);
}

function pinsOf(tls: TlsTrust): ReadonlySet<string> {
  if (tls.mode !== 'fingerprint') return new Set();
  return new Set([tls.sha256, ...Object.values(tls.pins ?? {})].flatMap((pins) => pins.split(',')));
}

function refuseOtherThan(
  byUser: readonly string[],
  shown: readonly Shown[],
  { open, words }: { open: readonly Shown[]; words: Manifest['server'] },
): void {
  const isGiven = shown.some(({ certificate }) => byUser.includes(certificate.fingerprint));
  const first = open[0] ?? (isGiven ? undefined : shown[0]);
  if (byUser.length === 0 || first === undefined) return;
  throw new AppError('certificate', `${first.url} shows ${first.certificate.fingerprint}, which is not the given one`, {
    hint: `compare with ${words.fingerprint}; somebody may be in between`,
  });
}

function tellBefore({ output }: CliContext, tls: TlsTrust, url: string): void {
  if (tls.mode !== 'fingerprint') return;
  output.say(`until now ${url} was trusted by ${tls.pins?.[url] ?? (tls.sha256 || 'no pin')}`);
}

function commandFor(name: string, open: readonly Shown[]): string {
  const prints = new Set(open.map(({ certificate }) => certificate.fingerprint));
  return `rollcall providers trust ${name} --fingerprint ${[...prints].join(',')}`;
}

/** The other nodes tell theirs over this connection, so that calls may go to them directly. */
async function withNodes(context: CliContext, config: ProviderConfig, pinned: Pinned): Promise<TlsTrust> {
  try {
    const { nodes, unread } = await certificatesOf(context, config);
    for (const { name, message } of unread) context.output.warn(`no pin for node ${name}: ${message}`);
    if (nodes.length === 0) return pinned;
    const pins = { ...pinned.pins, ...Object.fromEntries(nodes.map(({ name, fingerprint }) => [name, fingerprint])) };
    context.output.note(`pinned ${plural(nodes.length, 'node')}: ${nodes.map(({ name }) => name).join(', ')}`);
    return { ...pinned, pins };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    context.output.warn(`the other nodes' certificates could not be read: ${error.message}`, error.hint);
    return pinned;
  }
}

async function clusterCa(context: CliContext, config: ProviderConfig): Promise<TlsTrust> {
  const { rootCaPem } = await certificatesOf(context, config);
  if (rootCaPem === null) {
    throw new AppError('certificate', `${config.name} does not tell its own CA`, {
      hint: `get it (${(await wordsOf(config)).ca}), and give it with \`providers update --ca-file\``,
    });
  }
  for (const url of config.endpoints) {
    const { certificate } = await context.app.inspect(url, { type: config.type, ca: rootCaPem });
    if (certificate === null || certificate.isTrusted) continue;
    throw new AppError(
      'certificate',
      `the certificate of ${url} is not vouched for by the cluster's CA: ${certificate.distrust}`,
      {
        hint: `leave out --cluster-ca, to pin this certificate: rollcall providers trust ${config.name}`,
      },
    );
  }
  return { mode: 'cluster-ca', pem: rootCaPem };
}

/** Of a provider that does not tell the certificates of its servers. */
const NONE: ClusterCertificates = { rootCaPem: null, nodes: [], unread: [] };

async function certificatesOf(context: CliContext, config: ProviderConfig) {
  const provider = await context.app.openProvider(config);
  try {
    if (provider.certificates === undefined) return NONE;
    return await provider.certificates(context.io.signal);
  } finally {
    provider.close();
  }
}

/** The authority that counts for a provider in place of the system's. */
function authorityOf(tls: TlsTrust): string | undefined {
  return tls.mode === 'ca' || tls.mode === 'cluster-ca' ? resolveTls(tls).ca : undefined;
}
