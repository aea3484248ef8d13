import type { ServerWords } from '../net/wire-error.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { ResolvedCredential, ResolvedTls } from '../types/provider.ts';
import type { Provider } from './provider.ts';
import type { ProviderRules } from './rules.ts';

/** What is known of a kind of provider without its code: plain data, for help, errors and forms. */
export interface Manifest {
  /** Stored as `type`, and never renamed. */
  kind: string;
  /** How its server is named, and where it shows its certificate. */
  server: ServerWords;
}

/** What a connection is opened with: references are resolved and files read. */
export interface ConnectionSettings {
  /** In the order to try. */
  endpoints: readonly string[];
  tls: ResolvedTls;
  credential: ResolvedCredential;
}

/** What the program gives a connection. */
export interface ProviderIo {
  signal: AbortSignal;
  clock: () => Date;
  onWarning: (message: string) => void;
  /** Named where a certificate is not trusted, with ` --fingerprint AA:…` after it. */
  trustCommand: string | undefined;
  /** What earlier runs found out of the addresses. */
  knownEndpoints?: readonly EndpointReport[];
  /** Requests at a time. */
  concurrency?: number;
  /** Most guests that a listing may have. */
  maxGuests?: number;
}

export type OpenedProvider = Provider & {
  /** Requests so far, repeated ones and logins included. */
  requestCount(): number;
};

/** The code of a kind of provider, loaded by a command that connects to one. */
export interface ProviderModule {
  rules: ProviderRules;
  /** Connects when it is first asked for something; must be closed. */
  open(settings: ConnectionSettings, io: ProviderIo): OpenedProvider;
}
