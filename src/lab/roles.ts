import type { Release } from './release.ts';

const VM_USER = 'VM.Audit VM.Backup VM.Config.CDROM VM.Config.Cloudinit VM.Console VM.PowerMgmt';
const VM_ADMIN =
  'VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console VM.Migrate VM.PowerMgmt VM.Snapshot VM.Snapshot.Rollback';
const AGENT =
  'VM.GuestAgent.Audit VM.GuestAgent.FileRead VM.GuestAgent.FileSystemMgmt VM.GuestAgent.FileWrite VM.GuestAgent.Unrestricted';
const AUDIT = 'Datastore.Audit Pool.Audit SDN.Audit Sys.Audit VM.Audit';
const DATASTORE = 'Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit';
const ADMIN =
  'Group.Allocate Pool.Allocate Pool.Audit Realm.AllocateUser SDN.Allocate SDN.Audit Sys.Audit Sys.Console Sys.Syslog User.Modify';
const ROOT = 'Permissions.Modify Realm.Allocate Sys.Incoming Sys.Modify Sys.PowerMgmt';

/** Built-in roles; what differs between releases is from recordings of `GET /access/roles`. */
export function builtInRoles(release: Release): Map<string, ReadonlySet<string>> {
  const since8 = release !== '7.4';
  const since9 = release === '9.2';
  const monitor = since9 ? `${AGENT} VM.Replicate` : 'VM.Monitor';
  const mappings = since8 ? 'Mapping.Audit Mapping.Use' : '';
  const auditor = [AUDIT, since8 ? 'Mapping.Audit' : '', since9 ? 'VM.GuestAgent.Audit' : ''];
  const root = [ROOT, since8 ? 'Mapping.Modify SDN.Use Sys.AccessNetwork' : ''];
  const admin = [ADMIN, DATASTORE, VM_ADMIN, monitor, mappings, since8 ? 'SDN.Use' : ''];
  const roles: Record<string, readonly string[]> = {
    Administrator: [...admin, ...root],
    NoAccess: [],
    PVEAdmin: admin,
    PVEAuditor: auditor,
    PVEDatastoreAdmin: [DATASTORE],
    PVEDatastoreUser: ['Datastore.AllocateSpace Datastore.Audit'],
    PVEPoolAdmin: ['Pool.Allocate Pool.Audit'],
    PVEPoolUser: ['Pool.Audit'],
    PVESysAdmin: ['Sys.Audit Sys.Console Sys.Syslog'],
    PVETemplateUser: ['VM.Audit VM.Clone'],
    PVEUserAdmin: ['Group.Allocate Realm.AllocateUser User.Modify'],
    PVEVMAdmin: [VM_ADMIN, monitor],
    PVEVMUser: [VM_USER],
  };
  return new Map(
    Object.entries(roles).map(([role, parts]) => [role, new Set(parts.join(' ').split(' ').filter(Boolean))]),
  );
}
