import type { GuestKind } from './guest.ts';

/** An address that the system inside a guest has. */
export interface InnerAddress {
  interfaceName: string;
  address: string;
  prefix: number | null;
  /** Upper case. */
  mac: string | null;
}

export interface InnerOs {
  /** `Debian GNU/Linux 12 (bookworm)` */
  name: string;
  /** `12` */
  version: string | null;
}

/** A running guest whose system may be asked. */
export interface InnerQuestion {
  guestId: string;
  kind: GuestKind;
  nativeId: string;
  node: string;
  /** Whether its operating system is asked for, which seldom changes. */
  wantsOs: boolean;
}

/** What a system said, or why it said nothing. */
export interface InnerAnswer {
  guestId: string;
  askedAt: Date;
  /** null: they could not be read. */
  addresses: readonly InnerAddress[] | null;
  issue: string | null;
  os: InnerOs | null;
}

/** Until when the credential of a provider is valid. */
export interface CredentialEnd {
  /** `user@realm`, or `user@realm!name` of a token. */
  name: string;
  /** null: it does not end, or that may not be read. */
  endsAt: Date | null;
}

/** A finished task that made backups, as its record names it. */
export interface BackupTask {
  ref: string;
  node: string;
  at: Date;
  endedAt: Date;
  isOk: boolean;
  /** The one guest that it is about; null: its log names them. */
  nativeId: string | null;
}

/** What a task did to one guest. */
export interface GuestBackup {
  ref: string;
  nativeId: string;
  /** null: not told. */
  kind: GuestKind | null;
  /** When it began to copy the guest. */
  at: Date;
  isOk: boolean;
  /** Of the archive, as the log rounds it; null: not told. */
  bytes: number | null;
  volume: string | null;
}

/** The last backup of a guest that succeeded. */
export type LastBackup = Pick<GuestBackup, 'at' | 'bytes' | 'volume'>;
