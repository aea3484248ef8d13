import type { Provider } from '../../../src/protocol/resources.ts';
import type { Credential, TlsTrust } from '../../../src/types/provider.ts';

/** Where a provider is, how it is trusted and which references its secrets have. */
export interface ProviderDraft {
  name: string;
  type: string;
  endpoints: readonly string[];
  tls: TlsTrust;
  credential: Credential;
  schedule: Provider['schedule'];
}

/** As the server tells of it, for the form. */
export type ProviderDetails = Provider & Partial<Pick<ProviderDraft, 'endpoints' | 'tls' | 'credential'>>;
