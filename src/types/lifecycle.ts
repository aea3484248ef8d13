/** Over; within 90 days; later than that. */
export const LIFECYCLE_URGENCIES = ['ended', 'soon', 'later'] as const;
export type LifecycleUrgency = (typeof LIFECYCLE_URGENCIES)[number];

/**
 * Who says which release it is, the surest first: the node itself; the system inside, by its agent; the certificate of a server; the
 * server, of the credential; the type in the guest's configuration, which people choose; the name of a template or of an installation
 * image.
 */
export type LifecycleBasis = 'node' | 'agent' | 'certificate' | 'credential' | 'config' | 'image';

export interface LifecycleSubject {
  kind: 'guest' | 'node' | 'provider';
  id: string;
  /** null: a guest whose name is unknown. */
  name: string | null;
  /** As other commands take it: `lab/100`, `lab/pve1`, `lab`. */
  ref: string;
  /** Name of its provider. */
  provider: string;
}

/** Something whose support, or validity, ends. */
export interface LifecycleWarning {
  /** The same for the same subject and the same thing that ends, whatever the time. */
  id: string;
  subject: LifecycleSubject;
  /** `Debian 10`, `certificate of the cluster's CA`. */
  what: string;
  /** `debian/10`, `certificate/AA:BB:…`: the same for every subject that it is about. */
  release: string;
  /** The last day of it, `2024-06-30`, UTC. */
  ends: string;
  urgency: LifecycleUrgency;
  /** `Debian 13`, or what to do. */
  moveTo: string;
  /** What else the vendor offers, and until when. */
  note: string | null;
  /** Address of the vendor's page that has the date; or what else it is from: `the certificate`, `the server`. */
  source: string;
  basis: LifecycleBasis;
}

/** The warnings about one release. */
export interface LifecycleGroup
  extends Pick<LifecycleWarning, 'release' | 'what' | 'ends' | 'urgency' | 'moveTo' | 'note' | 'source'> {
  /** References, in the order of lists. */
  subjects: readonly string[];
}

export interface LifecycleReport {
  /** What ends first comes first. */
  warnings: readonly LifecycleWarning[];
  guests: {
    total: number;
    /** Those of which no release is known, or no date of it. */
    unknown: number;
  };
}
