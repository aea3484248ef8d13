/** Which of the server's records the history already tells of, for some guests. */
export interface RecordedEvidence {
  /** By {@link recordKey}. */
  refs: ReadonlySet<string>;
  /** Vmids of guests whose creation or removal, since the last listing of all guests, names no record. */
  vagueVmids: ReadonlySet<number>;
}
