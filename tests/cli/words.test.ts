import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

type Case = [line: string, status: number, stdout: string, stderr: string];

const FIRST_RUN: Case = [
  'discover-all',
  0,
  `
lab: 4 guests, 12 first seen (complete)
  first seen: 2 nodes, 3 virtual machines, 1 container, 6 storages
`,
  '',
];

const SECOND_RUN: Case = [
  'discover-all',
  0,
  `
lab: 3 guests, 1 removed, 2 changed (complete)
KIND     RESOURCE          CHANGE                    BY
changed  lab/100 web-01    status running → stopped  admin@pve
changed  lab/101 proxy-02  memory 4 GiB pending      admin@pve
removed  lab/102 app-03    removed from pve1         root@pam!lab
lab: 3 guests, 1 removed, 2 changed (complete)
`,
  '',
];

/** In this order: some leave something behind. */
const CASES: Case[] = [
  [
    'list-nodes',
    0,
    `
NAME  STATUS  VERSION  GUESTS  RUNNING  CPUS   MEMORY     CPU
pve1  online  8.4.21        2        1    32  128 GiB  20.6 %
pve2  online  8.4.21        1        1    32  128 GiB  20.1 %
`,
    `
lab: as of 2 min ago, complete
`,
  ],
  [
    'list-vms',
    0,
    `
VMID  NAME      NODE  STATUS   CPUS  MEMORY    DISK  IP           TAGS
 100  web-01    pve1  stopped     1   8 GiB  16 GiB  10.20.0.100  prod,web
 101  proxy-02  pve2  running     4   8 GiB  64 GiB  10.20.0.101  eu-west,proxy,test
`,
    `
lab: as of 2 min ago, complete
`,
  ],
  [
    'list-vms --at 6m',
    0,
    `
VMID  NAME      NODE  STATUS   CPUS  MEMORY    DISK  IP           TAGS
 100  web-01    pve1  running     1   8 GiB  16 GiB  10.20.0.100  prod,web
 101  proxy-02  pve2  running     4   8 GiB  64 GiB  10.20.0.101  eu-west,proxy,test
 102  app-03    pve1  running     2   4 GiB  32 GiB  10.20.0.102  app,dev
`,
    `
as it was at 2026-11-21 10:01:00
`,
  ],
  [
    'list-containers -o wide',
    0,
    `
PROVIDER  VMID  NAME       NODE  STATUS   CPUS   MEMORY   DISK  BOOT DISK  IP           TAGS      POOL  TEMPLATE  LOCK  OS      LAST BACKUP    CPU  MEMORY USED  UPTIME  PRESENCE  FIRST SEEN                 LAST SEEN                  GONE AT
lab        200  ct-app-01  pve1  running     4  512 MiB  4 GiB      4 GiB  192.0.2.201  app,prod  prod  -         -     debian  -            5.4 %    308.2 MiB     1 h  present   2026-11-21T10:00:00+00:00  2026-11-21T10:05:00+00:00  -
`,
    `
lab: as of 2 min ago, complete
`,
  ],
  [
    'list-storage',
    0,
    `
NAME       TYPE     SHARED  NODES      CONTENT                         SIZE       USED  USED %  DISABLED
archive    nfs      yes     pve1,pve2  images                             -          -       -  yes
backup     nfs      yes     pve1,pve2  backup                      39.1 TiB   12.1 TiB    31 %  -
local      dir      no      pve1,pve2  backup,iso,snippets,vztmpl   200 GiB   49.9 GiB    25 %  -
local-lvm  lvmthin  no      pve1,pve2  images,rootdir               3.5 TiB  829.8 GiB    23 %  -
scratch    dir      no      pve1       images,rootdir               200 GiB   62.5 GiB  31.3 %  -
shared     nfs      yes     pve1,pve2  images,iso,rootdir          19.5 TiB    6.1 TiB    31 %  -
`,
    `
lab: as of 2 min ago, complete
`,
  ],
  [
    'list-tasks --limit 3',
    0,
    `
STARTED              NODE  TYPE       TARGET      USER          TOOK  STATE
2026-11-21 10:01:00  pve1  qmdestroy  102 app-03  root@pam!lab   0 s  ok
2026-11-21 10:01:00  pve1  qmstop     102 app-03  root@pam!lab   0 s  ok
2026-11-21 10:01:00  pve1  qmstop     100 web-01  admin@pve      0 s  ok
`,
    `
and more before these: raise --limit, or ask for a time with --until
lab: as of 2 min ago, complete
`,
  ],
  [
    'show-vm 101',
    0,
    `
guest       lab/101
name        proxy-02
status      running, up 13 d
presence    present
node        pve2
ha          started
tags        eu-west, proxy, test
cpus        4 (20.8 % in use)
memory      8 GiB (5.2 GiB used)
disk        64 GiB
os          Debian GNU/Linux 12 (bookworm)
addresses   10.20.0.101 (ens18), read 7 min ago
networks    vmbr0 VLAN 10 (net0)
disks       64 GiB on local-lvm (scsi0)
backup by   backup-nightly
first seen  2026-11-21 10:00:00 (7 min ago)
last seen   2026-11-21 10:05:00 (2 min ago)

CONFIGURATION
agent.enabled   1
boot.order      scsi0;net0
cores           4
cpu.cputype     x86-64-v2-AES
memory          8 GiB
net0.bridge     vmbr0
net0.macaddr    BC:24:11:EF:10:06
net0.model      virtio
net0.tag        10
numa            0
ostype          l26
scsi0.file      local-lvm:vm-101-disk-0
scsi0.iothread  1
scsi0.size      64 GiB
scsihw          virtio-scsi-single
smbios1.uuid    9f49d007-dda3-4cf5-ad0d-f4cefd47d7d2
sockets         1

PENDING, until the next restart
memory  8 → 4 GiB

HISTORY
TIME                 KIND     CHANGE                       BY         HOW        CONFIDENCE
2026-11-21 10:00:00  created  first seen on pve2, running  -          -          none
2026-11-21 10:01:00  changed  memory 4 GiB pending         admin@pve  update VM  exact
`,
    `
lab: as of 2 min ago, complete
`,
  ],
  [
    'show-container ct-app-01 --at 6m',
    0,
    `
guest       lab/200
name        ct-app-01
status      running
presence    present
node        pve1
pool        prod
tags        app, prod
cpus        4
memory      512 MiB
disk        4 GiB
addresses   192.0.2.201 (eth0)
networks    vmbr0 (net0)
disks       4 GiB on local-lvm (rootfs)
first seen  2026-11-21 10:00:00 (7 min ago)
last seen   2026-11-21 10:01:00 (6 min ago)

CONFIGURATION
arch          amd64
cores         4
memory        512 MiB
net0.bridge   vmbr0
net0.ip       dhcp
net0.macaddr  BC:24:11:A7:92:54
net0.name     eth0
net0.type     veth
onboot        1
ostype        debian
rootfs.file   local-lvm:vm-200-disk-0
rootfs.size   4 GiB
swap          512 MiB
unprivileged  1

HISTORY
TIME                 KIND     CHANGE                       BY  CONFIDENCE
2026-11-21 10:00:00  created  first seen on pve1, running  -   none
`,
    `
as it was at 2026-11-21 10:01:00
`,
  ],
  [
    'show-changes --since 4m',
    0,
    `
2026-11-21 10:01:00  lab/100 web-01    changed by admin@pve (qmstop)
    status running → stopped
2026-11-21 10:01:00  lab/101 proxy-02  changed by admin@pve (update VM)
    memory 4 GiB pending
2026-11-21 10:01:00  lab/102 app-03    removed from pve1, by root@pam!lab (qmdestroy)
`,
    `
lab: as of 2 min ago, complete
`,
  ],
  [
    'show-changes --guest 101 --path memory,pending.memory -o csv',
    0,
    `
rev,seq,runId,provider,resourceType,resourceKind,resourceId,vmid,name,kind,event,path,before,after,actor,token,source,via,ref,confidence,observedAt,effectiveAt,notBefore,explainedAt
1,9,id00000000000001,lab,guest,qemu,id00000000000011,101,proxy-02,created,,memory,,8192,,,none,,,none,2026-11-21T10:00:00.000Z,,,
2,1,id00000000000014,lab,guest,qemu,id00000000000011,101,proxy-02,changed,,pending.memory,,4096,admin@pve,,log,update VM,pve2/1,exact,2026-11-21T10:05:00.000Z,2026-11-21T10:01:00.000Z,2026-11-21T10:00:00.000Z,
`,
    '',
  ],
  [
    'show-vm proxy-02 --diff 6m now',
    0,
    `
PATH            BEFORE  AFTER
pending.memory  (none)  4 GiB
`,
    `
lab/101 between 2026-11-21 10:01:00 and 2026-11-21 10:07:00
`,
  ],
  [
    'show-changes --by nobody@pve',
    0,
    '',
    `
no changes
lab: as of 2 min ago, complete
no recorded change is by 'nobody@pve'
`,
  ],
  [
    'sync-status',
    0,
    `
PROVIDER  OUTCOME   LAST RUN   LAST COMPLETE  PRESENT  UNOBSERVABLE  HELD
lab       complete  2 min ago  2 min ago            3             0     0
`,
    '',
  ],
  [
    'verify',
    0,
    `
the history is whole: 2 revisions, 15 changes, 13 snapshots, 12 resources
head 2:HASH

covered: revisions and changes (what, when, by whom), documents now and at every revision, tasks and log lines that changes
refer to, settings of stored providers, the account book; of what this version has created also vmid, origin, first sight, removal
not covered: runs, other tasks and log lines, when something was last seen or out of sight, held removals, sizes that only
the cluster tells, telemetry, storage per node, state of providers; see docs/integrity.md
`,
    '',
  ],
  [
    'prune --keep 1d --dry-run',
    0,
    `
CHANGES  SNAPSHOTS  RUNS  TASKS  LOG LINES  UP TO REVISION
      0          0     0      0          0               0
`,
    `
would be dropped: details from before 2026-11-20 10:07:00
`,
  ],
  [
    'providers list --columns name,cluster,credential,lastRunAt',
    0,
    `
NAME  CLUSTER  CREDENTIAL                                     LAST RUN
lab   lab      token root@pam!lab (env:PROXMOX_VE_API_TOKEN)  2 min ago
`,
    '',
  ],
  [
    'providers show lab',
    0,
    `
name           lab
id             PROVIDER-ID
state          enabled
cluster        lab
nodes          pve1, pve2
endpoints      https://127.0.0.1:PORT
trust          CA /ca.pem
credential     token root@pam!lab (env:PROXMOX_VE_API_TOKEN)
allowed        nothing
interval       -
last run       2 min ago
last complete  2 min ago
`,
    '',
  ],
  [
    'providers test',
    0,
    `
    STEP            FOUND
ok  dns             127.0.0.1
ok  tcp             port PORT answers
ok  tls             SHA-256 FINGERPRINT by Proxmox Virtual Environment; ends EXPIRY (verified)
ok  authentication  the server accepts the credential
ok  version         Proxmox VE 8.4.21
ok  permissions     VM.Audit on /vms (guests)
ok  permissions     Sys.Audit on /nodes (nodes)
ok  permissions     Sys.Audit on / (quorum and the tasks of others)
ok  permissions     Datastore.Audit on /storage (storage)
ok  permissions     Pool.Audit on /pool (pools)
ok  attribution     Sys.Syslog on / (who changed a configuration)
ok  cluster         cluster lab, 2 of 2 nodes online, quorate
ok  guests          visible: 2 virtual machines, 1 container
ok  clock           the server's clock is 1 s ahead of this one
`,
    '',
  ],
  [
    'list-vms -o name',
    0,
    `
lab/100
lab/101
`,
    '',
  ],
  [
    'list-vms --columns vmid,name,memoryBytes -o csv',
    0,
    `
vmid,name,memoryBytes
100,web-01,8589934592
101,proxy-02,8589934592
`,
    '',
  ],
  [
    'providers add second --endpoint 127.0.0.1:1 --interval 10m --no-check',
    0,
    '',
    `
stored second; check it with \`rollcall providers test second\`
`,
  ],
  [
    'providers update second --rename third --interval off',
    0,
    '',
    `
changed third
`,
  ],
  [
    'providers remove third',
    0,
    '',
    `
removed third; its history stays: rollcall show-changes --provider third
`,
  ],
  [
    'discover-nodes',
    0,
    `
lab: read nodes, nothing changed (complete)
`,
    '',
  ],
  [
    'discover-vms',
    0,
    `
lab: 2 guests, nothing changed (complete)
`,
    '',
  ],
  [
    'discover-containers',
    0,
    `
lab: 1 guest, nothing changed (complete)
`,
    '',
  ],
  [
    'discover-storage',
    0,
    `
lab: read storages, nothing changed (complete)
`,
    '',
  ],
  [
    'discover-tasks',
    0,
    `
lab: read tasks, nothing changed (complete)
`,
    '',
  ],
];

let world: World;

/** What differs from run to run: the port, the id of the provider, hashes over it, and where the CA is. */
function mask(text: string): string {
  return text
    .replaceAll(String(world.lab.port), 'PORT')
    .replace(/\/\S*\/ca\.pem/, '/ca.pem')
    .replace(/(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/, 'FINGERPRINT')
    .replace(/^(head \d+:)[0-9a-f]{64}$/m, '$1HASH')
    .replace(/ends \S+ \S+, in \d+ days/, 'ends EXPIRY')
    .replace(/^(id {13})\w{16}$/m, '$1PROVIDER-ID');
}

async function expectWords([line, status, stdout, stderr]: Case): Promise<void> {
  const ran = await world.rollcall(line);
  const told = { status: ran.status, stdout: mask(ran.stdout), stderr: mask(ran.stderr) };
  // The literals begin with a line break, for the eye.
  expect(told).toEqual({ status, stdout: stdout.replace('\n', ''), stderr: stderr.replace('\n', '') });
}

// The expectations are in UTC.
const itInUtc = new Date(0).getTimezoneOffset() === 0 ? it : it.skip;

describe('one small cluster: a run, three changes by two people, another run', () => {
  beforeAll(async () => {
    world = await openWorld();
  });

  itInUtc('finds everything at first, and what was changed and by whom then', async () => {
    await expectWords(FIRST_RUN);
    world.clock.advance(60_000);
    const [admin, root] = [world.lab.as('admin@pve'), world.lab.as('root@pam!lab')];
    admin.setConfig(101, { memory: '4096' });
    admin.stop(100);
    root.stop(102);
    root.destroy(102);
    world.clock.advance(240_000);
    await expectWords(SECOND_RUN);
    world.clock.advance(120_000);
  });

  itInUtc.each(CASES)('%s', async (...one) => {
    await expectWords(one);
  });
});
