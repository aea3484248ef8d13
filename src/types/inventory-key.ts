/**
 * The secret half of an inventory. It lies in the user's configuration, never in the database or its backups; every machine
 * that collects for one inventory has a copy of it.
 */
export interface InventoryKey {
  /** 16 hex digits. The database knows nothing else of the key. */
  id: string;
  mask: MaskKey;
  /** Key of the seals on provider settings: 64 hex digits. */
  sealSecret: string;
}

/** Key of the marks that stand in for secrets. */
export interface MaskKey {
  /** 4 hex digits that lead each mark: marks of two keys are never compared. Empty for marks of version 0.1. */
  id: string;
  secret: string;
}
