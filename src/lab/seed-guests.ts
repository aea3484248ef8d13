import type { Cluster } from './cluster.ts';
import { typedValue } from './config-keys.ts';
import type { Config, LabGuest } from './model.ts';
import { addGuest, newGuest, vmIdentity } from './operations/create.ts';

const ROLES = ['web', 'db', 'app', 'mail', 'cache', 'build', 'monitor', 'proxy', 'queue', 'auth'] as const;
const STAGES = ['prod', 'prod', 'test', 'dev'] as const;
const SITES = ['eu-west', 'eu-east'] as const;
const DAY_MS = 86_400_000;

/** VMs from 100 on, containers after them on the next round number. */
export function seedGuests(cluster: Cluster, counts: { vms: number; containers: number }): void {
  const nodes = [...cluster.nodes.keys()];
  for (let index = 0; index < counts.vms; index += 1) {
    addGuestAt(cluster, newVm(cluster, 100 + index, nodes[index % nodes.length] ?? '', index), index);
  }
  const firstContainer = Math.max(200, Math.ceil((100 + counts.vms) / 100) * 100);
  for (let index = 0; index < counts.containers; index += 1) {
    addGuestAt(cluster, newContainer(cluster, firstContainer + index, nodes[index % nodes.length] ?? '', index), index);
  }
}

function addGuestAt(cluster: Cluster, guest: LabGuest, index: number): void {
  addGuest(cluster, guest, index % 3 === 0 ? 'prod' : index % 7 === 5 ? 'test' : undefined);
  guest.earlier = [];
  if (guest.config['template'] === 1) return;
  if (index % 5 !== 3) {
    guest.power = 'running';
    guest.pid = cluster.takePid();
    guest.startedAtMs = cluster.nowMs() - Math.floor(cluster.prng.next() * 15 * DAY_MS);
  }
  if (index % 8 === 1 && cluster.name !== null && cluster.ha.size < 200) addHa(cluster, guest);
  if (index % 6 === 2) addSnapshot(cluster, guest);
}

function addHa(cluster: Cluster, guest: LabGuest): void {
  const sid = `${guest.kind === 'qemu' ? 'vm' : 'ct'}:${guest.vmid}`;
  const state = guest.power === 'running' ? 'started' : 'stopped';
  cluster.ha.set(sid, { sid, kind: guest.kind, vmid: guest.vmid, state, comment: 'kept running', group: null });
}

function addSnapshot(cluster: Cluster, guest: LabGuest): void {
  const snaptime = cluster.nowSeconds() - 3 * 86_400;
  const base = { name: 'before_upgrade', parent: null, snaptime, description: 'before the upgrade', hasRam: false };
  guest.snapshots.set('before_upgrade', { ...base, config: { ...guest.config } });
  guest.config['parent'] = 'before_upgrade';
}

function nameOf(cluster: Cluster, index: number): { name: string; tags: string } {
  const role = cluster.prng.pick(ROLES);
  const stage = cluster.prng.pick(STAGES);
  const tags = cluster.prng.chance(0.3) ? [role, stage, cluster.prng.pick(SITES)] : [role, stage];
  return { name: `${role}-${String(index + 1).padStart(2, '0')}`, tags: tags.sort().join(';') };
}

function newVm(cluster: Cluster, vmid: number, node: string, index: number): LabGuest {
  const { prng } = cluster;
  const { name, tags } = nameOf(cluster, index);
  const isTemplate = index % 12 === 11;
  const storage = index % 4 === 2 ? 'shared' : 'local-lvm';
  const base = isTemplate ? 'base' : 'vm';
  const volume =
    storage === 'shared' ? `shared:${vmid}/${base}-${vmid}-disk-0.qcow2` : `local-lvm:${base}-${vmid}-disk-0`;
  const ctime = cluster.nowSeconds() - 86_400 * (30 + prng.integer(300));
  const config: Config = {
    ...vmIdentity(cluster, ctime),
    name: isTemplate ? `tmpl-debian12-${index + 1}` : name,
    cores: prng.pick([1, 2, 4, 8]),
    memory: typedValue(cluster.release, 'qemu', 'memory', String(prng.pick([1024, 2048, 4096, 8192]))),
    sockets: 1,
    cpu: 'x86-64-v2-AES',
    numa: 0,
    ostype: 'l26',
    scsihw: 'virtio-scsi-single',
    boot: 'order=scsi0;net0',
    scsi0: `${volume},iothread=1,size=${prng.pick([16, 32, 64])}G`,
    net0: `virtio=${prng.mac()},bridge=vmbr0${prng.chance(0.4) ? `,tag=${prng.pick([10, 20, 30])}` : ''}`,
    agent: '1',
    tags: isTemplate ? 'template' : tags,
  };
  if (index % 3 === 0) config['onboot'] = 1;
  if (index % 4 === 0) config['description'] = `Owner: team-${prng.integer(9) + 1}\nRunbook: wiki/${name}`;
  if (isTemplate) config['template'] = 1;
  return newGuest({ kind: 'qemu', node, vmid }, config);
}

function newContainer(cluster: Cluster, vmid: number, node: string, index: number): LabGuest {
  const { prng } = cluster;
  const { name, tags } = nameOf(cluster, index);
  const config: Config = {
    arch: 'amd64',
    ostype: 'debian',
    hostname: `ct-${name}`,
    cores: prng.pick([1, 2, 4]),
    memory: prng.pick([512, 1024, 2048]),
    swap: 512,
    rootfs: `local-lvm:vm-${vmid}-disk-0,size=${prng.pick([4, 8, 16])}G`,
    net0: `name=eth0,bridge=vmbr0,hwaddr=${prng.mac()},ip=dhcp,type=veth`,
    unprivileged: 1,
    tags,
  };
  if (index % 3 === 0) config['onboot'] = 1;
  if (index % 4 === 1) config['description'] = 'Container for tests\n';
  return newGuest({ kind: 'lxc', node, vmid }, config);
}
