import { serverError } from '../api-error.ts';
import type { Cluster } from '../cluster.ts';
import { configDigest } from '../config-file.ts';
import type { GuestKind, LabGuest } from '../model.ts';

/** Who does something to which cluster: what both the HTTP API and a LabActor pass to an operation. */
export interface Operation {
  cluster: Cluster;
  /** `alice@pve` or `root@pam!lab`. */
  by: string;
}

export interface GuestRef {
  kind: GuestKind;
  node: string;
  vmid: number;
}

/** No token is root, its own ones neither. Source: pve-common src/PVE/RESTEnvironment.pm get_user, which gives the token's id. */
export function isRoot(by: string): boolean {
  return by === 'root@pam';
}

export function taskPrefix(kind: GuestKind): 'qm' | 'vz' {
  return kind === 'qemu' ? 'qm' : 'vz';
}

export function label(kind: GuestKind): 'VM' | 'CT' {
  return kind === 'qemu' ? 'VM' : 'CT';
}

export function configPath({ kind, node, vmid }: GuestRef): string {
  return `nodes/${node}/${kind === 'qemu' ? 'qemu-server' : 'lxc'}/${vmid}.conf`;
}

/** An unknown guest is a 500, never a 404. */
export function requireGuest(cluster: Cluster, ref: GuestRef): LabGuest {
  const guest = cluster.guestOf(ref.kind, ref.node, ref.vmid);
  if (!guest) throw serverError(`Configuration file '${configPath(ref)}' does not exist`);
  return guest;
}

/** A task that runs has its file. The text is recorded on 8.4; the container's path is pve-container src/PVE/LXC/Config.pm config_file_lock. */
export function requireNotHeld({ kind, vmid, isHeld }: LabGuest): void {
  const file = kind === 'qemu' ? `/var/lock/qemu-server/lock-${vmid}.conf` : `/run/lock/lxc/pve-config-${vmid}.lock`;
  if (isHeld) throw serverError(`can't lock file '${file}' - got timeout`);
}

/**
 * Refuses a change of what is not any more as it was read. Sources: recorded on 8.4 (VMs); pve-common src/PVE/Tools.pm
 * assert_if_modified (containers).
 */
export function requireDigest(guest: LabGuest, digest: string | undefined): void {
  if (digest === undefined || digest === configDigest(guest)) return;
  throw serverError(
    guest.kind === 'qemu'
      ? 'checksum mismatch (file change by other user?)'
      : 'detected modified configuration - file changed by other user? Try again.',
  );
}

export function requireUnlocked(guest: LabGuest): void {
  requireNotHeld(guest);
  const lock = guest.config['lock'];
  if (lock !== undefined) throw serverError(`${label(guest.kind)} is locked (${lock})`);
}

export function requireQuorum(cluster: Cluster): void {
  if (!cluster.isQuorate()) throw serverError('cluster not ready - no quorum?');
}

/** Without quorum /etc/pve is read-only: writing a guest's configuration fails on the file itself. */
export function requireWritable(cluster: Cluster, ref: GuestRef): void {
  if (cluster.isQuorate()) return;
  throw serverError(`unable to open file '/etc/pve/${configPath(ref)}.tmp.${cluster.takePid()}' - Permission denied`);
}

/** The non-ASCII and control characters of a message as pmxcfs writes them (cfs-utils.c utf8_to_ascii). */
export function logText(text: string): string {
  let ascii = '';
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code < 32 || code === 127) ascii += `#${String(code).padStart(3, '0')}`;
    else if (code < 127) ascii += letter;
    else ascii += code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : '?';
  }
  return ascii;
}

/** A line of the cluster log that no task wrote. */
export function logLine({ cluster, by }: Operation, node: string, message: string): void {
  cluster.log.append({
    node,
    time: cluster.nowSeconds(),
    user: by,
    tag: 'pvedaemon',
    pid: 22_667,
    priority: 6,
    message: logText(message),
  });
}
