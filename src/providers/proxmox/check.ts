import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveClusterStatus, PvePermissions } from '../../api/pve-types.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from './attempt.ts';
import { ALL_NEEDED, describePrivilege, missingPrivileges, type NeededPrivilege } from './permissions.ts';

/** Above this the times of tasks and of observations do not fit together well. */
const MAX_SKEW_MS = 30_000;
const NOT_REACHED: ReadonlySet<ErrorCode> = new Set(['unreachable', 'certificate', 'timeout', 'configuration']);

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(client: ProxmoxClient, signal?: AbortSignal): AsyncIterable<ConnectionCheck> {
  const call = { signal };
  const version = await attempt(client.getVersion(call));
  if (version instanceof AppError && NOT_REACHED.has(version.code)) {
    yield failed('address and certificate', version);
    return;
  }
  yield passed('address and certificate', 'the server answers, and its certificate is trusted');
  if (version instanceof AppError) {
    yield failed(version.code === 'unauthenticated' ? 'authentication' : 'version', version);
    return;
  }
  yield passed('authentication', 'the server accepts the credential');
  yield passed('version', `Proxmox VE ${version.version || 'of unknown version'}`);
  yield* checkPermissions(client, call);
  yield* checkCluster(client, call);
  yield await checkGuests(client, call);
  yield checkClock(client.clockSkewMs());
}

function passed(step: string, message: string): ConnectionCheck {
  return { step, ok: true, message };
}

function failed(step: string, { message, hint }: AppError): ConnectionCheck {
  return { step, ok: false, message, ...(hint !== undefined && { hint }) };
}

async function* checkPermissions(client: ProxmoxClient, call: CallOptions): AsyncIterable<ConnectionCheck> {
  const permissions = await attempt(client.getPermissions(call));
  if (permissions instanceof AppError) {
    yield failed('permissions', permissions);
    return;
  }
  yield inventoryRights(permissions);
  yield attributionRights(permissions);
}

function inventoryRights(permissions: PvePermissions): ConnectionCheck {
  const missing = missingPrivileges(
    permissions,
    ALL_NEEDED.filter(({ isInAuditor }) => isInAuditor),
  );
  if (missing.length === 0) return passed('permissions', 'the whole inventory may be read');
  return {
    step: 'permissions',
    ok: false,
    message: `the inventory is not complete; missing: ${describeAll(missing)}`,
    hint: "pveum acl modify / --tokens 'user@realm!id' --roles PVEAuditor",
  };
}

/** Sys.Syslog is in no role made for reading, so it needs one of its own. */
function attributionRights(permissions: PvePermissions): ConnectionCheck {
  const missing = missingPrivileges(
    permissions,
    ALL_NEEDED.filter(({ isInAuditor }) => !isInAuditor),
  );
  if (missing.length === 0) return passed('attribution', 'the cluster log of all users may be read');
  return {
    step: 'attribution',
    ok: false,
    message: `who changed a configuration stays unknown; missing: ${describeAll(missing)}`,
    hint: "pveum role add RollcallLog --privs Sys.Syslog && pveum acl modify / --tokens 'user@realm!id' --roles PVEAuditor,RollcallLog",
  };
}

function describeAll(missing: readonly NeededPrivilege[]): string {
  return missing.map((one) => `${describePrivilege(one)} (${one.purpose})`).join(', ');
}

async function* checkCluster(client: ProxmoxClient, call: CallOptions): AsyncIterable<ConnectionCheck> {
  const status = await attempt(client.getClusterStatus(call));
  yield status instanceof AppError ? failed('cluster', status) : describeCluster(status);
}

function describeCluster({ cluster, nodes }: PveClusterStatus): ConnectionCheck {
  const online = nodes.filter((node) => node.online === true).length;
  if (cluster === undefined) return passed('cluster', `a single host, ${nodes[0]?.name ?? 'without a name'}`);
  const message = `cluster ${cluster.name}, ${online} of ${nodes.length} nodes online`;
  if (cluster.quorate === false) {
    return { step: 'cluster', ok: false, message: `${message}, no quorum`, hint: 'see `pvecm status`' };
  }
  const offline = nodes.filter((node) => node.online === false).map(({ name }) => name);
  return passed('cluster', offline.length === 0 ? message : `${message}; offline: ${offline.join(', ')}`);
}

async function checkGuests(client: ProxmoxClient, call: CallOptions): Promise<ConnectionCheck> {
  const resources = await attempt(client.getClusterResources(call));
  if (resources instanceof AppError) return failed('guests', resources);
  const machines = resources.guests.filter(({ kind }) => kind === 'qemu').length;
  const containers = resources.guests.length - machines;
  const message = `visible: ${count(machines, 'virtual machine')}, ${count(containers, 'container')}`;
  if (resources.guests.length > 0) return passed('guests', message);
  return {
    step: 'guests',
    ok: false,
    message,
    hint: 'a token starts without rights of its own (privilege separation): give the token itself a role, not only its user',
  };
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

function checkClock(skewMs: number | null): ConnectionCheck {
  if (skewMs === null) return passed('clock', "the server's clock was not told");
  const seconds = (Math.abs(skewMs) / 1000).toFixed(0);
  const message = `the server's clock is ${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} this one`;
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return passed('clock', message);
  return { step: 'clock', ok: false, message, hint: 'let NTP set both clocks; tickets fail from five minutes on' };
}
