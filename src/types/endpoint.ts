/** What is known of one address of a cluster. */
export interface EndpointReport {
  /** `https://host:8006`. */
  url: string;
  /** The node that answers there; null: not known yet. */
  node: string | null;
  /** false: the cluster told of it. */
  isConfigured: boolean;
  /** SHA-256 of the certificate that it showed last, `AA:BB:…`. */
  fingerprint: string | null;
  /** When that certificate ends; null: not known. */
  certificateEndsAt: Date | null;
  lastOkAt: Date | null;
  lastFailedAt: Date | null;
  /** Failures of the connection in a row; an answer, however bad, is none. */
  failures: number;
  /** Of the last failure; null when there is none in a row. */
  error: string | null;
  /** Before then it is tried only when nothing else is left. */
  retryAt: Date | null;
}

/** A certificate that a server showed. */
export interface ShownCertificate {
  /** SHA-256, `AA:BB:…`. */
  fingerprint: string;
  /** null: it was not read that far. */
  endsAt: Date | null;
}

/** As stored, of a provider. */
export interface EndpointHealth extends EndpointReport {
  providerId: string;
}
