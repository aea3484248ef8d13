import type { ServerWords } from '../net/wire-error.ts';
import type { ActionRight } from '../types/action.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import type { Credential, ResolvedCredential, ResolvedTls } from '../types/provider.ts';
import type { Acting } from './acting.ts';
import type { ConnectionCheck, Provider } from './provider.ts';
import type { ProviderRules } from './rules.ts';

/** What is known of a kind of provider without its code: plain data, for help, errors and forms. */
export interface Manifest {
  /** Stored as `type`, and never renamed. */
  kind: string;
  /** How its server is named, and where it shows its certificate. */
  server: ServerWords;
  address: {
    /** `https://pve.example.com:8006` */
    example: string;
    question: string;
    /** Environment variables that name it, the first one first. */
    variables: readonly string[];
    /** Paths of its own pages, which people copy with the address. */
    pages: readonly string[];
    /** Whether several may be given: addresses of one system, which are tried in turn, or scopes that are all read. */
    isMany: boolean;
    /** What a text stands for that is not the address of a host, as `https://…`; null: it is none. Absent: addresses are those of hosts. */
    parse?: (text: string) => string | null;
  };
  /** Whether its guests can be changed, where the owner of the provider allows it. */
  actions?: true;
  /** Whether its guests are machines that an agent on them reports: what other providers tell of may be the same ones. */
  isReporting?: true;
  /** How many requests the vendor takes, in one line; absent: as many as its machines stand. */
  limits?: string;
  /** Ways to log in. A terminal asks for the first one. */
  logins: readonly Login[];
  /** Variables that say who logs in: with one of them set, nobody is asked. */
  variables: readonly string[];
}

/** Who logs in, by the flag that says it, and the secrets by theirs. */
export interface Login {
  kind: Credential['kind'];
  id: Field & {
    flag: '--token-id' | '--user' | '--login';
    question: string;
    /** What counts where nobody says; absent: it is asked for. */
    usual?: string;
    /** Linear. */
    pattern: RegExp;
    /** Of a flag with another text, and of such an answer. */
    refusal: { what: string; fix: string };
    asked: { message: string; hint: string };
  };
  /** Ids whose secret is one that the vendor's own files or machines keep; absent: none. Linear. */
  withoutSecret?: RegExp;
  secrets: readonly (Field & { flag: '--secret' | '--password' | '--totp' })[];
}

/** One setting: an option of `providers add` and `providers update`, and a variable. */
export interface Field {
  flag: string;
  help: string;
  /** Environment variable; absent: none. */
  variable?: string;
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
  /** Whether the power state is asked for where each answer is a live call to a host. */
  asksPower?: boolean;
  /** Absent: none is run. */
  runProgram?: RunProgram;
}

/**
 * Runs a program of the vendor, found by its name, without a shell; gives what it prints, which may be a secret. Throws
 * AppError('configuration'), in which nothing of that is.
 */
export type RunProgram = (program: string, args: readonly string[], signal: AbortSignal) => Promise<string>;

export type OpenedProvider = Provider & {
  /** Requests so far, repeated ones and logins included. */
  requestCount(): number;
};

export interface ActingCheck {
  allow: readonly ActionRight[];
  /** null: actions go with the credential of the settings. */
  actionCredential: ResolvedCredential | null;
}

/** The code of a kind of provider, loaded by a command that connects to one. */
export interface ProviderModule {
  rules: ProviderRules;
  /** Checks what the account that acts may do of what is allowed; writes nothing. Absent: this kind is only read. */
  checkActing?(settings: ConnectionSettings, asked: ActingCheck, io: ProviderIo): AsyncIterable<ConnectionCheck>;
  /** Connects when it is first asked for something; must be closed. */
  open(settings: ConnectionSettings, io: ProviderIo): OpenedProvider;
  /**
   * What writes to it, with a credential of its own; reads go with that of the settings. Absent: nothing of this kind is written to.
   * Connects when it is first asked for something; must be closed.
   */
  openActing?(settings: ConnectionSettings, actionCredential: ResolvedCredential, io: ProviderIo): Acting;
}
