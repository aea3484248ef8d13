/** Which guests a backup job means; native ids. */
export interface BackupSelection {
  /** All guests but those of `exclude`. */
  isAll: boolean;
  guests: readonly string[];
  exclude: readonly string[];
  /** Members of this pool; null: by the other fields. */
  pool: string | null;
  /** Only guests on this node; null: wherever they are. */
  node: string | null;
}

export interface BackupJob {
  id: string;
  isEnabled: boolean;
  selection: BackupSelection;
}
