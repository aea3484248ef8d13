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

/** Ids of the enabled jobs that mean a guest, where it is now. */
export function jobsIncluding(
  jobs: readonly BackupJob[],
  guest: { nativeId: string; pool: string | null; node: string },
): readonly string[] {
  return jobs.filter(({ isEnabled, selection }) => isEnabled && includes(selection, guest)).map(({ id }) => id);
}

/** Source: pve-manager PVE/VZDump.pm get_included_guests: a pool comes before a list of guests, which comes before all. */
function includes(
  { isAll, guests, exclude, pool, node }: BackupSelection,
  guest: { nativeId: string; pool: string | null; node: string },
): boolean {
  if (node !== null && node !== guest.node) return false;
  if (pool !== null) return guest.pool === pool;
  if (guests.length > 0) return guests.includes(guest.nativeId);
  return isAll && !exclude.includes(guest.nativeId);
}
