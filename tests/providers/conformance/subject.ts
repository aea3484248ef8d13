import type { ConnectionSettings, ProviderModule } from '../../../src/providers/manifest.ts';

/** A guest as the platform itself has it, read past the provider under test. */
export interface TrueGuest {
  nativeId: string;
  name: string;
  status: 'running' | 'stopped';
  /** The node or host that it is on. */
  place: string;
  memoryMiB: number;
}

/** Someone else, who changes things. Each operation names its actor, and has happened when its promise resolves. */
export interface Hand {
  /** A stopped guest. Several guests may have the same name. Returns its native id. */
  create(actor: string, name: string): Promise<string>;
  /** Of a stopped guest. */
  remove(actor: string, nativeId: string): Promise<void>;
  /** Removes a stopped guest and creates another one of that name, with the same id where the platform reuses ids. */
  recreate(actor: string, nativeId: string): Promise<string>;
  rename(actor: string, nativeId: string, name: string): Promise<void>;
  setPower(actor: string, nativeId: string, status: TrueGuest['status']): Promise<void>;
  /** Of a stopped guest. */
  setMemory(actor: string, nativeId: string, memoryMiB: number): Promise<void>;
  /** Of a stopped guest. */
  move(actor: string, nativeId: string, place: string): Promise<void>;
}

export const FAULT_NAMES = [
  /** The listing of guests is answered with an error. */
  'failed-listing',
  /** Some guests are missing from an answer that looks whole. */
  'short-listing',
  /** All guests are missing from an answer that looks whole. */
  'empty-listing',
  /** The connection ends in the middle of the listing. */
  'cut-listing',
  /** Every guest is listed twice. */
  'duplicated-listing',
  'slow-listing',
  /** The credential sees some of the guests only. */
  'lost-rights',
  /** Another system of the same kind answers at the address. */
  'other-system',
  /** The listing is answered by something that does not speak the protocol. */
  'garbled',
  /** Guests are listed, and a part of each cannot be read. */
  'failed-details',
  /** What the platform recorded of actions cannot be read; everything else can. */
  'lost-records',
  /** Some places do not tell of their guests; all others do. */
  'partial-places',
  /** One page of the listing is missing. */
  'missing-page',
  /** In the middle of the listing, calls are refused for being too many. */
  'throttled',
  /** The credential ends in the middle of the run. */
  'expired-credential',
  /** An account, project or subscription is none of those that are read any more. */
  'lost-area',
  /** The platform's clock is hours off. */
  'wrong-clock',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Of platforms that have no accounts with places of their own, and whose credentials do not end. */
export const NO_CLOUD = {
  'partial-places': 'its guests are listed by one answer',
  'missing-page': 'its guests are listed by one answer',
  throttled: 'it does not limit calls',
  'expired-credential': 'its credential does not end in a run',
  'lost-area': 'it is one system',
  'wrong-clock': 'its simulator has one clock',
} as const satisfies Partial<Record<FaultName, string>>;

/** Begins a fault; returns what ends it. */
export type Fault = () => Promise<() => Promise<void>>;

/** A provider of one kind, in front of a platform of its own with a handful of guests. */
export interface Subject {
  module: ProviderModule;
  /** Reaches the platform through the faults. */
  settings: ConnectionSettings;
  /** None of these may be stored, printed or thrown. */
  secrets: readonly string[];
  /** As the platform's records name them; three or more. */
  actors: readonly string[];
  /** Where guests can be; two or more. */
  places: readonly string[];
  /** What the provider and the service take for the time. */
  clock: () => Date;
  /** Lets some time pass. */
  pass: () => Promise<void>;
  /** Lets so much time pass that records of what happened before it and after it can be told apart for certain. */
  settle: () => Promise<void>;
  truth(): Promise<readonly TrueGuest[]>;
  hand: Hand;
  faults: Partial<Record<FaultName, Fault>>;
  close(): Promise<void>;
}

export interface SubjectKind {
  kind: string;
  open: (options: { seed: number }) => Promise<Subject>;
  /** What the simulator cannot play, or the platform does not tell, with the reason. Without `power` all guests are `stopped`. */
  cannot: Partial<Record<FaultName | 'move' | 'power', string>>;
  /** Faults of which a run says nothing although it read less than everything, with the reason. A test fails once it does. */
  untold: Partial<Record<FaultName, string>>;
  /** The most requests that a run of the seeded platform may make. */
  maxRequests: number;
}
