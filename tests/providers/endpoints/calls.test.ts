import { describe, expect, it } from '@jest/globals';
import { checkParameters } from '../../../src/providers/proxmox/endpoints/check-parameters.ts';
import { fillPath, findPath, nearPaths } from '../../../src/providers/proxmox/endpoints/find-endpoint.ts';
import { lackingPrivilege, privilegeNeed } from '../../../src/providers/proxmox/endpoints/lacking-privilege.ts';
import { neededRights } from '../../../src/providers/proxmox/endpoints/needed-rights.ts';
import { type CallRequest, planCall } from '../../../src/providers/proxmox/endpoints/plan-call.ts';
import { API_RELEASES, readEndpoints } from '../../../src/providers/proxmox/endpoints/read-endpoints.ts';
import { releaseOf } from '../../../src/providers/proxmox/endpoints/release-of.ts';
import { shownParameters } from '../../../src/providers/proxmox/endpoints/secret-values.ts';
import { HIDDEN } from '../../../src/text/redact-text.ts';
import { ACTION_RIGHTS } from '../../../src/types/action.ts';
import type { AppError } from '../../../src/types/errors.ts';

const endpoints = readEndpoints('8.4');

function given(...words: string[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const word of words) {
    const [name = '', value = ''] = word.split('=');
    all.set(name, [...(all.get(name) ?? []), value]);
  }
  return all;
}

describe('a path', () => {
  it.each([
    ['/nodes/pve1/qemu/100/config', '/nodes/{node}/qemu/{vmid}/config', { node: 'pve1', vmid: '100' }],
    ['nodes//pve1/', '/nodes/{node}', { node: 'pve1' }],
    ['/cluster/ha/status/current', '/cluster/ha/status/current', {}],
    [
      '/nodes/n/storage/s/content/local:iso/debian 13.iso',
      '/nodes/{node}/storage/{storage}/content/{volume}',
      { node: 'n', storage: 's', volume: 'local:iso/debian 13.iso' },
    ],
    [
      '/cluster/firewall/ipset/lan/10.0.0.0/8',
      '/cluster/firewall/ipset/{name}/{cidr}',
      { name: 'lan', cidr: '10.0.0.0/8' },
    ],
  ])('%s is %s', (path, template, values) => {
    expect(findPath(endpoints, path)).toMatchObject({ template, values });
  });

  it('is sent with its parameters encoded, so that none adds a segment', () => {
    const path = '/nodes/n/storage/s/content/local:iso/debian 13.iso';
    expect(fillPath(findPath(endpoints, path) ?? { template: '', values: {} })).toBe(
      '/nodes/n/storage/s/content/local%3Aiso%2Fdebian%2013.iso',
    );
    expect(fillPath({ template: '/nodes/{node}/status', values: { node: '../access?x#y' } })).toBe(
      '/nodes/..%2Faccess%3Fx%23y/status',
    );
  });

  it.each([
    ['/nodes/pve1/qemus', ['/nodes/pve1/qemu']],
    ['/nodes/pve1/qemu/100/confg', ['/nodes/pve1/qemu/100/config']],
    ['/clster/resources', ['/cluster/resources']],
    ['/entirely/else', []],
  ])('%s is none; near: %j', (path, near) => {
    expect(findPath(endpoints, path)).toBeNull();
    expect(nearPaths(endpoints, path)).toEqual(near);
  });

  it.each([
    '/nodes/n/qemu/100/snapshot/../config',
    '/nodes/./status',
    '/nodes/n/storage/s/content/s:backup/../../x',
    '/nodes/n/qemu/100/..',
  ])('%s is none: it would lead elsewhere', (path) => expect(findPath(endpoints, path)).toBeNull());

  it('of every endpoint of every release leads to that endpoint', () => {
    for (const release of API_RELEASES) {
      const all = readEndpoints(release);
      for (const template of all.keys())
        expect(findPath(all, template.replaceAll(/\{[\w-]+\}/g, 'x1'))?.template).toBe(template);
    }
  });
});

describe('parameters', () => {
  const check = (verb: 'POST' | 'PUT' | 'GET', path: string, ...words: string[]) => {
    const found = findPath(endpoints, path);
    const endpoint = found?.verbs.get(verb);
    if (!found || !endpoint) throw new Error(`there is no ${verb} ${path}`);
    return checkParameters(endpoint, found.values, given(...words));
  };

  it.each([
    ['memory=4096', []],
    ['net0=virtio,bridge=vmbr0', []],
    ['delete=net1,net2', []],
    ['memry=1', ['there is no parameter memry: did you mean memory?']],
    ['nonsense=1', ['there is no parameter nonsense']],
    ['net=virtio', ['there is no parameter net: did you mean net0?']],
    ['cores=many', ["cores: 'many' is not integer from 1"]],
    ['cores=0', ["cores: '0' is not integer from 1"]],
    ['onboot=on', []],
    ['onboot=2', ["onboot: '2' is not 0 or 1"]],
    ['bios=uefi', ["bios: 'uefi' is not one of seabios, ovmf"]],
    ['vmid=101', ['vmid is part of the path']],
  ])('%s: %j', (word, problems) => {
    expect(check('PUT', '/nodes/pve1/qemu/100/config', word)).toEqual(problems);
  });

  it('of a path are checked too', () => {
    expect(check('GET', '/nodes/pve1/qemu/99/config')).toEqual(["vmid: '99' is not integer from 100 to 999999999"]);
  });

  it('that are missing or given twice are all told', () => {
    expect(check('PUT', '/nodes/pve1/qemu/100/resize', 'digest=1', 'digest=2')).toEqual([
      'digest is given 2 times',
      expect.stringMatching(/^disk is missing: one of ide0, ide1/),
      'size is missing: string like \\+?\\d+(\\.\\d+)?[KMGT]?',
    ]);
  });

  it('that are lists take several', () => {
    expect(check('POST', '/nodes/pve1/qemu/100/agent/exec', 'command=ls', 'command=-l')).toEqual([]);
  });
});

describe('the right that a write needs', () => {
  const rightsOf = (verb: 'POST' | 'PUT' | 'DELETE', path: string, ...words: string[]) => {
    const found = findPath(endpoints, path);
    if (found === null) throw new Error(`there is no ${path}`);
    const { template, values } = found;
    return neededRights({ verb, template, values, parameters: given(...words) });
  };

  it.each([
    ['POST', '/nodes/n/qemu/100/status/stop', ['power']],
    ['POST', '/nodes/n/lxc/100/status/start', ['power']],
    ['POST', '/nodes/n/qemu/100/snapshot', ['snapshot']],
    ['DELETE', '/nodes/n/qemu/100/snapshot/old', ['snapshot']],
    ['POST', '/nodes/n/lxc/100/snapshot/old/rollback', ['snapshot']],
    ['PUT', '/nodes/n/qemu/100/config', ['config']],
    ['PUT', '/nodes/n/lxc/100/resize', ['config']],
    ['POST', '/nodes/n/qemu/100/move_disk', ['config']],
    ['POST', '/nodes/n/qemu/100/migrate', ['migrate']],
    ['POST', '/nodes/n/qemu/100/clone', ['clone']],
    ['DELETE', '/nodes/n/qemu/100', ['destroy']],
    ['POST', '/nodes/n/qemu', ['create']],
    ['POST', '/nodes/n/vzdump', ['backup']],
    ['DELETE', '/nodes/n/storage/s/content/s:backup/vzdump-qemu-100.vma.zst', ['backup']],
    ['DELETE', '/nodes/n/storage/s/content/s:vm-100-disk-0', ACTION_RIGHTS],
    ['POST', '/nodes/n/qemu/100/agent/exec', ACTION_RIGHTS],
    ['POST', '/nodes/n/qemu/100/remote_migrate', ACTION_RIGHTS],
    ['POST', '/nodes/n/qemu/100/firewall/rules', ACTION_RIGHTS],
    ['POST', '/nodes/n/stopall', ACTION_RIGHTS],
    ['PUT', '/access/acl', ACTION_RIGHTS],
    ['DELETE', '/storage/local', ACTION_RIGHTS],
    ['PUT', '/cluster/options', ACTION_RIGHTS],
  ] as const)('%s %s: %j', (verb, path, rights) => expect(rightsOf(verb, path)).toEqual(rights));

  it('of a restore is that of a backup besides, and of one over a guest that of destroying it', () => {
    expect(rightsOf('POST', '/nodes/n/qemu', 'archive=local:backup/x')).toEqual(['create', 'backup']);
    expect(rightsOf('POST', '/nodes/n/lxc', 'restore=1', 'force=1')).toEqual(['create', 'backup', 'destroy']);
    expect(rightsOf('POST', '/nodes/n/lxc', 'restore=0', 'force=no')).toEqual(['create']);
  });

  it('is all of them for every endpoint but those', () => {
    const lesser = new Set<string>();
    for (const release of API_RELEASES) {
      for (const verbs of readEndpoints(release).values()) {
        for (const { verb, path: template } of verbs.values()) {
          if (verb === 'GET') continue;
          const rights = neededRights({ verb, template, values: {}, parameters: new Map() });
          if (rights !== ACTION_RIGHTS)
            lesser.add(`${verb} ${template.replace(/^\/nodes\/\{node\}/, '')} ${rights.join()}`);
        }
      }
    }
    expect([...lesser].sort()).toEqual(LESSER);
  });
});

/** Below `/nodes/{node}`. */
const LESSER = [
  'DELETE /lxc/{vmid} destroy',
  'DELETE /lxc/{vmid}/snapshot/{snapname} snapshot',
  'DELETE /qemu/{vmid} destroy',
  'DELETE /qemu/{vmid}/snapshot/{snapname} snapshot',
  'DELETE /storage/{storage}/prunebackups backup',
  'POST /lxc create',
  'POST /lxc/{vmid}/clone clone',
  'POST /lxc/{vmid}/migrate migrate',
  'POST /lxc/{vmid}/move_volume config',
  'POST /lxc/{vmid}/snapshot snapshot',
  'POST /lxc/{vmid}/snapshot/{snapname}/rollback snapshot',
  'POST /lxc/{vmid}/status/reboot power',
  'POST /lxc/{vmid}/status/resume power',
  'POST /lxc/{vmid}/status/shutdown power',
  'POST /lxc/{vmid}/status/start power',
  'POST /lxc/{vmid}/status/stop power',
  'POST /lxc/{vmid}/status/suspend power',
  'POST /qemu create',
  'POST /qemu/{vmid}/clone clone',
  'POST /qemu/{vmid}/config config',
  'POST /qemu/{vmid}/migrate migrate',
  'POST /qemu/{vmid}/move_disk config',
  'POST /qemu/{vmid}/snapshot snapshot',
  'POST /qemu/{vmid}/snapshot/{snapname}/rollback snapshot',
  'POST /qemu/{vmid}/status/reboot power',
  'POST /qemu/{vmid}/status/reset power',
  'POST /qemu/{vmid}/status/resume power',
  'POST /qemu/{vmid}/status/shutdown power',
  'POST /qemu/{vmid}/status/start power',
  'POST /qemu/{vmid}/status/stop power',
  'POST /qemu/{vmid}/status/suspend power',
  'POST /vzdump backup',
  'PUT /lxc/{vmid}/config config',
  'PUT /lxc/{vmid}/resize config',
  'PUT /lxc/{vmid}/snapshot/{snapname}/config snapshot',
  'PUT /qemu/{vmid}/cloudinit config',
  'PUT /qemu/{vmid}/config config',
  'PUT /qemu/{vmid}/resize config',
  'PUT /qemu/{vmid}/snapshot/{snapname}/config snapshot',
  'PUT /qemu/{vmid}/unlink config',
];

describe('a call', () => {
  const plan = (request: Partial<CallRequest>) =>
    planCall(endpoints, '8.4', { verb: 'GET', path: '/version', given: new Map(), isToken: false, ...request });
  const failure = (request: Partial<CallRequest>): [string, string | undefined] => {
    try {
      plan(request);
    } catch (error) {
      return [(error as AppError).message, (error as AppError).hint];
    }
    throw new Error('it was taken');
  };

  it('says which verbs its path has', () => {
    expect(failure({ verb: 'DELETE', path: '/nodes/n/qemu/100/config' })).toEqual([
      '/nodes/{node}/qemu/{vmid}/config cannot be used with delete',
      'it takes: get, create, set',
    ]);
  });

  it('that another release has says so', () => {
    expect(failure({ path: '/cluster/ha/rules' })).toEqual([
      'Proxmox VE 8.4 has no path /cluster/ha/rules',
      'another release has it',
    ]);
  });

  it('that takes no token is refused to one', () => {
    const ticket = { verb: 'POST', path: '/access/ticket', given: given('username=a@pve', 'password=x') } as const;
    expect(plan(ticket).path).toBe('/access/ticket');
    expect(failure({ ...ticket, isToken: true })[0]).toBe(
      'create /access/ticket: the server takes this call from no API token',
    );
  });

  it('sends a single value of a list as a list', () => {
    const request = { verb: 'POST', path: '/nodes/n/qemu/100/agent/exec', given: given('command=uptime') } as const;
    expect(plan(request).parameters).toEqual({ command: ['uptime'] });
  });

  it.each([
    ['PUT', '/qemu/100/config', ['memory=1'], [['qemu', '100', false, 'n']]],
    ['POST', '/lxc/0200/migrate', ['target=m'], [['lxc', '200', false, 'n', 'm']]],
    [
      'POST',
      '/qemu/100/clone',
      ['newid=300', 'target=m'],
      [
        ['qemu', '100', false, 'n', 'm'],
        ['qemu', '300', true, 'n', 'm'],
      ],
    ],
    [
      'POST',
      '/lxc/200/move_volume',
      ['volume=mp0', 'target-vmid=201'],
      [
        ['lxc', '200', false, 'n'],
        ['lxc', '201', false, 'n'],
      ],
    ],
    ['POST', '/qemu', ['vmid=300'], [['qemu', '300', true, 'n']]],
    ['DELETE', '/qemu/100', [], [['qemu', '100', false, 'n']]],
    ['POST', '/vzdump', ['vmid=100'], []],
    ['GET', '/qemu/100/config', [], []],
  ] as const)('%s %s %j may change %j', (verb, below, words, guests) => {
    const call = plan({ verb, path: `/nodes/n${below}`, given: given(...words) });
    expect(call.guests.map(({ kind, nativeId, isNew, nodes }) => [kind, nativeId, isNew, ...nodes])).toEqual(guests);
  });

  it('shows no secret', () => {
    const parameters = {
      cipassword: 'x',
      'encryption-key': 'x',
      keyring: 'x',
      key: 'x',
      description: 'PVEAPIToken=root@pam!full=01234567-89ab-cdef-0123-456789abcdef',
      sshkeys: 'ssh-ed25519 AAAA',
      memory: '1024',
    };
    expect(shownParameters(parameters)).toEqual({
      cipassword: HIDDEN,
      'encryption-key': HIDDEN,
      keyring: HIDDEN,
      key: HIDDEN,
      description: HIDDEN,
      sshkeys: 'ssh-ed25519 AAAA',
      memory: '1024',
    });
  });
});

describe('what an account lacks', () => {
  it.each([
    ['/vms/100 VM.Snapshot', { '/vms/100': { 'VM.Snapshot': true } }, null],
    ['/vms/100 VM.Snapshot', { '/vms/100': { 'VM.Audit': true } }, 'lacks VM.Snapshot on /vms/100'],
    ['/vms/100 A.B|C.D', { '/vms/100': { 'C.D': true } }, null],
    ['/vms/100 A.B|C.D', {}, 'lacks A.B or C.D on /vms/100'],
    ['/ A.B+C.D', { '/': { 'C.D': true } }, 'lacks A.B on /'],
    ['all', { '/': { 'VM.Audit': true, 'Sys.Syslog': true, 'SDN.Use': true } }, 'may only read'],
    ['all', { '/': { 'VM.Audit': true }, '/vms/1': { 'VM.PowerMgmt': true } }, null],
    ['/pool/x Pool.Allocate and /vms VM.Allocate', { '/': { 'VM.Audit': true } }, 'may only read'],
    ['/storage/{storage} X.Y', { '/': { 'VM.Allocate': true } }, null],
    ['', {}, 'may only read'],
  ])('for %j with %j: %j', (permission, permissions, lack) => {
    expect(lackingPrivilege(privilegeNeed(permission), permissions)).toBe(lack);
  });
});

describe('the release of a server', () => {
  it.each([
    ['8.4.1', '8.4', null],
    ['8.1.4', '8.4', 'the server is 8.1.4; the call is checked against 8.4'],
    ['9.2.11', '9.2', null],
    ['6.4-15', '7.4', 'the server is 6.4-15; the call is checked against 7.4'],
    ['10.0', '9.2', 'the server is 10.0; the call is checked against 9.2'],
  ])('%s is checked against %s', (version, release, doubt) => expect(releaseOf(version)).toEqual({ release, doubt }));
});
