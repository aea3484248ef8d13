/** How the server's certificate is trusted. */
export type TlsTrust =
  | { mode: 'system' }
  | { mode: 'ca'; caFile: string }
  | { mode: 'fingerprint'; sha256: string }
  | { mode: 'insecure' };

/**
 * How to authenticate, with secrets as references (`env:NAME`, `file:/path`, `command:…`, `keyring:…`), never themselves.
 */
export type Credential =
  | { kind: 'token'; tokenId: string; secretRef: string }
  | { kind: 'password'; user: string; passwordRef: string; totpRef?: string };

/** A cluster or single host that is watched. */
export interface ProviderConfig {
  name: string;
  type: 'proxmox';
  /** `https://host:8006`, in the order to try. */
  endpoints: readonly string[];
  tls: TlsTrust;
  credential: Credential;
}
