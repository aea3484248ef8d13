import type { Operation, Provider } from '../../../src/protocol/resources.ts';
import { get, write } from '../api/request.ts';
import type { ProviderDetails, ProviderDraft } from './provider-draft.ts';

export interface Inspection {
  failure: { step: string; message: string; hint?: string } | null;
  certificate: {
    fingerprint: string;
    subject: string;
    issuer: string;
    names: readonly string[];
    validFrom: string;
    validTo: string;
    isTrusted: boolean;
    distrust: string | null;
  } | null;
}

function pathOf(id: string): string {
  return `/providers/${encodeURIComponent(id)}`;
}

export async function findProvider(id: string): Promise<ProviderDetails> {
  return get<ProviderDetails>(pathOf(id));
}

export async function addProvider(draft: ProviderDraft): Promise<Provider> {
  return write<Provider>('POST', '/providers', draft);
}

export async function changeProvider(
  id: string,
  change: Partial<ProviderDraft> & { isEnabled?: boolean },
): Promise<Provider> {
  return write<Provider>('PATCH', pathOf(id), change);
}

export async function removeProvider(id: string): Promise<void> {
  await write<unknown>('DELETE', pathOf(id));
}

export async function trustProvider(id: string, endpoint: string, fingerprint: string): Promise<Operation> {
  return write<Operation>('POST', `${pathOf(id)}/trust`, { endpoint, fingerprint });
}

/** Looks at a server's certificate. Trusts nothing and sends nothing. */
export async function inspectServer(url: string, type: string): Promise<Inspection> {
  return write<Inspection>('POST', '/providers/inspect', { url, type });
}
