import type { Manifest } from '../providers/manifest.ts';
import type { ClusterCertificates } from '../providers/provider.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderConfig, TlsTrust } from '../types/provider.ts';
import type { App, CertificateInspection, ServerCertificate } from './app.ts';
import { resolveTls } from './config/tls.ts';

/** What an address shows. */
export interface Shown {
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

/** Where it is said what is found, and who says whether it is right. */
export interface TrustTalk {
  signal: AbortSignal;
  warn: (message: string, hint?: string) => void;
  note: (message: string) => void;
  /** Throws AppError('certificate') unless each of these certificates is confirmed. */
  confirm: (unknown: readonly Shown[]) => Promise<void>;
}

/**
 * Looks at the certificates that a provider shows now, has those confirmed that are new, and learns those of the other nodes
 * over a connection that is trusted by then. Throws AppError('certificate') for what nobody confirms.
 */
export async function renewTrust(
  app: App,
  stored: ProviderConfig,
  request: TrustRequest,
  talk: TrustTalk,
): Promise<TlsTrust> {
  const shown = await inspectAll(app, stored, { authority: authorityOf(stored.tls), warn: talk.warn });
  const known = pinsOf(stored.tls);
  const unknown = shown.filter((one) => !isKnown(one, stored.tls, known));
  const byUser = request.fingerprints?.split(',') ?? [];
  const open = unknown.filter(({ certificate }) => !byUser.includes(certificate.fingerprint));
  const words = await wordsOf(stored);
  refuseOtherThan(byUser, shown, { open, words });
  const isByAuthority = stored.tls.mode !== 'fingerprint' && unknown.length === 0;
  if (isByAuthority && byUser.length === 0 && request.isClusterCa !== true) return stored.tls;
  await talk.confirm(open);
  const pinned: Pinned = {
    mode: 'fingerprint',
    sha256: '',
    pins: Object.fromEntries(shown.map(({ url, certificate }) => [url, certificate.fingerprint])),
  };
  return request.isClusterCa === true
    ? clusterCa(app, { ...stored, tls: pinned }, talk)
    : withNodes(app, { ...stored, tls: pinned }, { pinned, talk });
}

/** Those that can be reached; what cannot is told. Throws AppError when none can. */
export async function inspectAll(
  app: App,
  { name, type, endpoints }: Pick<ProviderConfig, 'name' | 'type' | 'endpoints'>,
  { authority, warn }: { authority?: string | undefined; warn: TrustTalk['warn'] },
): Promise<Shown[]> {
  const looks = await Promise.all(
    endpoints.map(
      async (url): Promise<[string, CertificateInspection]> => [url, await app.inspect(url, { type, ca: authority })],
    ),
  );
  const seen = looks.flatMap(([url, { certificate }]) => (certificate === null ? [] : [{ url, certificate }]));
  const failures = looks.flatMap(([url, { failure }]) => (failure === null ? [] : [{ url, error: failure.error }]));
  const [first] = failures;
  if (seen.length === 0 && first !== undefined) throw first.error;
  for (const { url, error } of failures) {
    warn(`${url} could not be looked at: ${error.message}`, `once it is back: rollcall providers trust ${name}`);
  }
  return seen;
}

/** How a kind of provider calls its server, loaded with the first certificate that is looked at. */
export async function wordsOf(provider: { type: string }): Promise<Manifest['server']> {
  const { manifestOf } = await import('./registry.ts');
  return manifestOf(provider).server;
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

/** The other nodes tell theirs over this connection, so that calls may go to them directly. */
async function withNodes(
  app: App,
  config: ProviderConfig,
  { pinned, talk }: { pinned: Pinned; talk: TrustTalk },
): Promise<TlsTrust> {
  try {
    const { nodes, unread } = await certificatesOf(app, config, talk.signal);
    for (const { name, message } of unread) talk.warn(`no pin for node ${name}: ${message}`);
    if (nodes.length === 0) return pinned;
    const pins = { ...pinned.pins, ...Object.fromEntries(nodes.map(({ name, fingerprint }) => [name, fingerprint])) };
    talk.note(
      `pinned ${nodes.length} node${nodes.length === 1 ? '' : 's'}: ${nodes.map(({ name }) => name).join(', ')}`,
    );
    return { ...pinned, pins };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    talk.warn(`the other nodes' certificates could not be read: ${error.message}`, error.hint);
    return pinned;
  }
}

async function clusterCa(app: App, config: ProviderConfig, { signal }: TrustTalk): Promise<TlsTrust> {
  const { rootCaPem } = await certificatesOf(app, config, signal);
  if (rootCaPem === null) {
    throw new AppError('certificate', `${config.name} does not tell its own CA`, {
      hint: `get it (${(await wordsOf(config)).ca}), and give it with \`providers update --ca-file\``,
    });
  }
  for (const url of config.endpoints) {
    const { certificate } = await app.inspect(url, { type: config.type, ca: rootCaPem });
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

async function certificatesOf(app: App, config: ProviderConfig, signal: AbortSignal): Promise<ClusterCertificates> {
  const provider = await app.openProvider(config, { signal });
  try {
    if (provider.certificates === undefined) return NONE;
    return await provider.certificates(signal);
  } finally {
    provider.close();
  }
}

/** The authority that counts for a provider in place of the system's. */
function authorityOf(tls: TlsTrust): string | undefined {
  return tls.mode === 'ca' || tls.mode === 'cluster-ca' ? resolveTls(tls).ca : undefined;
}
