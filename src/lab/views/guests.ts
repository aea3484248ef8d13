import type { Cluster } from '../cluster.ts';
import { configDigest } from '../config-file.ts';
import { broadcastFields } from '../guest-size.ts';
import type { LabGuest } from '../model.ts';
import { RELEASES } from '../release.ts';
import { guestFigures } from '../telemetry.ts';
import { isAgentEnabled } from './agent.ts';
import type { Row } from './resources.ts';

const MIB = 1_048_576;

/** A row of `/nodes/N/qemu` or `/nodes/N/lxc`: live, unlike /cluster/resources. */
export function listRow(cluster: Cluster, guest: LabGuest): Row {
  const fields = broadcastFields(cluster, guest);
  const figures = guestFigures(guest, fields, cluster.nowMs());
  const { cpu, mem, disk, uptime, netin, netout } = figures;
  const { tags, lock } = guest.config;
  const isRunning = fields.status === 'running';
  const row: Row = {
    vmid: guest.vmid,
    name: fields.name,
    status: fields.status,
    cpus: fields.maxcpu,
    maxmem: fields.maxmem,
    maxdisk: fields.maxdisk,
    cpu,
    mem,
    disk,
    uptime,
    netin,
    netout,
    ...(fields.template === 1 && { template: 1 }),
    ...(tags !== undefined && tags !== '' && { tags }),
    ...(lock !== undefined && { lock }),
    ...(isRunning && { pid: guest.pid }),
  };
  if (guest.kind === 'lxc') return { ...row, ...containerFields(cluster, guest, figures) };
  return {
    ...row,
    ...(RELEASES[cluster.release].hasPressure && { memhost: mem }),
    ...(guest.config['serial0'] !== undefined && { serial: 1 }),
    ...balloonTarget(guest),
  };
}

function containerFields(cluster: Cluster, guest: LabGuest, figures: { diskread: number; diskwrite: number }): Row {
  const pressure = RELEASES[cluster.release].hasPressure && guest.power !== 'stopped' ? PRESSURE : {};
  return {
    type: 'lxc',
    diskread: figures.diskread,
    diskwrite: figures.diskwrite,
    swap: 0,
    maxswap: Number(guest.config['swap'] ?? 512) * MIB,
    ...pressure,
    // A string until 7: influxdata/telegraf#9938.
    ...(cluster.release === '7.4' && { vmid: String(guest.vmid) }),
  };
}

const PRESSURE = {
  pressurecpusome: 0,
  pressurecpufull: 0,
  pressureiosome: 0,
  pressureiofull: 0,
  pressurememorysome: 0,
  pressurememoryfull: 0,
};

function balloonTarget(guest: LabGuest): Row {
  const balloon = Number(guest.config['balloon'] ?? 0);
  return balloon > 0 ? { balloon_min: balloon * MIB, shares: Number(guest.config['shares'] ?? 1000) } : {};
}

/** What `full=1` and `status/current` add for a VM. */
export function vmDetails(cluster: Cluster, guest: LabGuest): Row {
  if (guest.power === 'stopped') return { qmpstatus: 'stopped' };
  const fields = broadcastFields(cluster, guest);
  const { diskread, diskwrite, netin, netout } = guestFigures(guest, fields, cluster.nowMs());
  const qemu = RELEASES[cluster.release].qemu;
  return {
    qmpstatus: guest.power,
    'running-machine': `pc-i440fx-${qemu.split('.').slice(0, 2).join('.')}+pve0`,
    'running-qemu': qemu,
    diskread,
    diskwrite,
    balloon: fields.maxmem,
    ballooninfo: { actual: fields.maxmem, max_mem: fields.maxmem },
    'proxmox-support': { 'pbs-dirty-bitmap': true, 'query-bitmap-info': true, 'pbs-library-version': '1.4.1' },
    ...(guest.config['net0'] !== undefined && { nics: { [`tap${guest.vmid}i0`]: { netin, netout } } }),
    ...(guest.config['scsi0'] !== undefined && {
      blockstat: { scsi0: { rd_bytes: diskread, wr_bytes: diskwrite, account_failed: true } },
    }),
    ...(RELEASES[cluster.release].hasPressure && PRESSURE),
  };
}

export function statusCurrent(cluster: Cluster, guest: LabGuest): Row {
  const { vmid: _, ...row } = listRow(cluster, guest);
  const ha = cluster.haOf(guest.vmid);
  return {
    ...row,
    vmid: guest.vmid,
    ...(guest.kind === 'qemu' && vmDetails(cluster, guest)),
    ...(guest.kind === 'qemu' && isAgentEnabled(guest) && { agent: 1 }),
    ha: ha ? { managed: 1, state: ha.state, ...(cluster.release !== '9.2' && { group: ha.group }) } : { managed: 0 },
  };
}

/** The last entry is no snapshot but the present. */
export function snapshotRows(guest: LabGuest): Row[] {
  const rows = [...guest.snapshots.values()].map(
    (snapshot): Row => ({
      name: snapshot.name,
      description: snapshot.description,
      snaptime: snapshot.snaptime,
      ...(guest.kind === 'qemu' && { vmstate: snapshot.hasRam ? 1 : 0 }),
      ...(snapshot.parent !== null && { parent: snapshot.parent }),
    }),
  );
  const parent = guest.config['parent'];
  rows.push({
    name: 'current',
    description: 'You are here!',
    digest: configDigest(guest),
    running: guest.power === 'stopped' ? 0 : 1,
    ...(parent !== undefined && { parent }),
  });
  return rows;
}
