import type { Host, Node, Operation, Provider, Storage } from '../../protocol/resources.ts';
import type { VersionMark } from './version-token.ts';

/** What clients see, at one version. Never changed: the next version is another object. */
export interface FeedSnapshot {
  mark: VersionMark;
  rev: number;
  /** When this version was made. */
  at: Date;
  providers: ReadonlyMap<string, Provider>;
  nodes: ReadonlyMap<string, Node>;
  storages: ReadonlyMap<string, Storage>;
  hosts: ReadonlyMap<string, Host>;
  /** Those that wait or run. */
  operations: ReadonlyMap<string, Operation>;
}

/** The resources that may have changed from one snapshot to the next. */
export interface Touched {
  providers: ReadonlySet<string>;
  nodes: ReadonlySet<string>;
  storages: ReadonlySet<string>;
  hosts: ReadonlySet<string>;
  operations: readonly Operation[];
}
