/** What a shell asks the inventory for: names as they are at this moment. */
export type LiveKind = 'guest' | 'resource' | 'name' | 'vmid' | 'provider' | 'tag' | 'node' | 'pool' | 'os' | 'storage';

export interface LiveQuery {
  kind: LiveKind;
  /** What the names begin with, in any case. */
  prefix: string;
}

export interface LiveName {
  value: string;
  about: string;
}
