/** What tasks of virtual machines and containers do, by their type. */
export const CLONE = /^(?:qm|vz)clone$/;
export const DESTROY = /^(?:qm|vz)destroy$/;
export const MAKER = /^(?:qm|vz)(?:create|restore)$/;
export const MIGRATION = /^(?:qmigrate|vzmigrate)$/;
export const RESTORE = /^(?:qm|vz)restore$/;
export const ROLLBACK = /^(?:qm|vz)rollback$/;
/** Its first group is what was done. */
export const SNAPSHOT_TASK = /^(?:qm|vz)(snapshot|rollback|delsnapshot)$/;
