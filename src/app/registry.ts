import { aws } from '../providers/aws/manifest.ts';
import { azure } from '../providers/azure/manifest.ts';
import { bigfix } from '../providers/bigfix/manifest.ts';
import { gcp } from '../providers/gcp/manifest.ts';
import type { Manifest, ProviderModule } from '../providers/manifest.ts';
import { proxmox } from '../providers/proxmox/manifest.ts';
import { virtfusion } from '../providers/virtfusion/manifest.ts';
import { vsphere } from '../providers/vsphere/manifest.ts';
import { AppError } from '../types/errors.ts';

interface ProviderEntry {
  manifest: Manifest;
  load: () => Promise<ProviderModule>;
}

/** Every kind of provider, by the `type` that is stored: its manifest, and its code behind an import. */
const PROVIDERS: Readonly<Record<string, ProviderEntry>> = {
  [proxmox.kind]: { manifest: proxmox, load: async () => (await import('../providers/proxmox/module.ts')).module },
  [vsphere.kind]: { manifest: vsphere, load: async () => (await import('../providers/vsphere/module.ts')).module },
  [gcp.kind]: { manifest: gcp, load: async () => (await import('../providers/gcp/module.ts')).module },
  [virtfusion.kind]: {
    manifest: virtfusion,
    load: async () => (await import('../providers/virtfusion/module.ts')).module,
  },
  [bigfix.kind]: { manifest: bigfix, load: async () => (await import('../providers/bigfix/module.ts')).module },
  [azure.kind]: { manifest: azure, load: async () => (await import('../providers/azure/module.ts')).module },
  [aws.kind]: { manifest: aws, load: async () => (await import('../providers/aws/module.ts')).moduleOf(aws) },
};

export const MANIFESTS: readonly Manifest[] = Object.values(PROVIDERS).map(({ manifest }) => manifest);

/** The kind of provider that is meant where nobody says which. */
export const DEFAULT_MANIFEST = proxmox;

/** Of a kind that this version does not know, that of the default one: nothing connects to such a provider. */
export function manifestOf({ type }: { type: string }): Manifest {
  return MANIFESTS.find(({ kind }) => kind === type) ?? DEFAULT_MANIFEST;
}

export function isKnownKind(kind: string): boolean {
  return Object.hasOwn(PROVIDERS, kind);
}

/** Throws AppError('configuration') for a kind that this version does not know. */
export function providerEntry({ name, type }: { name: string; type: string }): ProviderEntry {
  const entry = Object.hasOwn(PROVIDERS, type) ? PROVIDERS[type] : undefined;
  if (entry !== undefined) return entry;
  throw new AppError(
    'configuration',
    `${name} is a provider of type ${type}, which this version of Rollcall does not know`,
    {
      hint: 'update Rollcall, or name other providers with --provider',
    },
  );
}
