import { ACTION_RIGHTS, type ActionRight } from './action.ts';

/**
 * How the server's certificate is trusted. Fingerprints are SHA-256, several separated by commas. `sha256` counts at the
 * configured addresses, and may be empty beside `pins`. A pin by address (`https://host:8006`) counts there in place of it; a
 * pin by the name of a node counts at that node, and at every configured address, for that may move between nodes. An address
 * that the cluster told of is used only with a pin of its own, or when `sha256` has several.
 */
export type TlsTrust =
  | { mode: 'system' }
  | { mode: 'ca'; caFile: string }
  /** The cluster's own root, as text in PEM. */
  | { mode: 'cluster-ca'; pem: string }
  | { mode: 'fingerprint'; sha256: string; pins?: Readonly<Record<string, string>> }
  | { mode: 'insecure' };

/**
 * How to authenticate, with secrets as references (`env:NAME`, `file:/path`, `command:…`, `keyring:…`), never themselves.
 */
export type Credential =
  | { kind: 'token'; tokenId: string; secretRef: string }
  | { kind: 'password'; user: string; passwordRef: string; totpRef?: string }
  /** A way that the vendor's own programs log in, with what it is about: `profile:prod`. Most ways keep their secrets themselves. */
  | { kind: 'login'; login: string; secretRef?: string };

/** How to trust the server, with files already read. Of several ways the fingerprint counts, then `insecure`, then `ca`. */
export interface ResolvedTls {
  /** PEM; in place of the system's authorities. */
  ca?: string | undefined;
  /** SHA-256 of the certificate, or several separated by commas: nodes of a cluster have one each. */
  fingerprint?: string | undefined;
  /** By the name of a node or by address (`https://host:8006`), as `fingerprint` and in place of it there. */
  pins?: Readonly<Record<string, string>> | undefined;
  insecure?: boolean | undefined;
}

/** How to authenticate, with secrets already read. */
export type ResolvedCredential =
  | { kind: 'token' /** `user@realm!name` */; tokenId: string; secret: string }
  | { kind: 'password' /** `user@realm` */; user: string; password: string; totpSecret?: string | undefined }
  | { kind: 'login'; login: string; secret?: string | undefined };

/** What is sent to the server itself. */
export type ServerCredential = Exclude<ResolvedCredential, { kind: 'login' }>;

/** Whom a credential stands for, as its flag has it: not a secret. */
export function credentialName(credential: Credential): string {
  switch (credential.kind) {
    case 'token':
      return credential.tokenId;
    case 'password':
      return credential.user;
    case 'login':
      return credential.login;
  }
}

/** References of a credential, whatever they are to. */
export function referencesOf(credential: Credential): string[] {
  switch (credential.kind) {
    case 'token':
      return [credential.secretRef];
    case 'password':
      return [credential.passwordRef, ...(credential.totpRef === undefined ? [] : [credential.totpRef])];
    case 'login':
      return credential.secretRef === undefined ? [] : [credential.secretRef];
  }
}

/** References of all credentials of a provider. */
export function allReferencesOf({
  credential,
  actionCredential,
}: Pick<ProviderConfig, 'credential' | 'actionCredential'>): string[] {
  return [credential, ...(actionCredential === undefined ? [] : [actionCredential])].flatMap(referencesOf);
}

/** A cluster or single host that is watched. */
export interface ProviderConfig {
  /** Of a stored provider; absent for one that flags or the environment describe. */
  id?: string;
  name: string;
  /** The name under which it is stored, where the environment gives it another one. */
  formerName?: string;
  /** A kind of the registry; of a newer version, one that is not there. */
  type: string;
  /** `https://host:8006`, in the order to try. */
  endpoints: readonly string[];
  tls: TlsTrust;
  credential: Credential;
  /** What may be done to its guests; absent: it is only read. */
  allow?: readonly ActionRight[];
  /** What actions are sent with; absent: the credential of the reads. */
  actionCredential?: Credential;
}

/**
 * Where a provider is, how it is trusted and whose credential is sent there. A change of it is a revision of its own, sealed by
 * the inventory key: what a database says besides is not acted on.
 */
export type ProviderSettings = Pick<
  ProviderConfig,
  'name' | 'type' | 'endpoints' | 'tls' | 'credential' | 'allow' | 'actionCredential'
>;

/** In one form: rights in their own order, and absent where nothing is allowed. */
export function settingsOf({
  name,
  type,
  endpoints,
  tls,
  credential,
  allow = [],
  actionCredential,
}: ProviderSettings): ProviderSettings {
  const rights = ACTION_RIGHTS.filter((right) => allow.includes(right));
  return {
    name,
    type,
    endpoints,
    tls,
    credential,
    ...(rights.length > 0 && { allow: rights }),
    ...(actionCredential !== undefined && { actionCredential }),
  };
}

/** The newest settings of a provider that a revision recorded. */
export interface RecordedSettings {
  rev: number;
  settings: ProviderSettings;
  /** Empty where the machine that recorded them had no key. */
  seal: string;
}

/** Signs settings for the revision that records them. */
export type SealSettings = (what: { rev: number; providerId: string; settings: ProviderSettings }) => string;
