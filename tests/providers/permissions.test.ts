import { describe, expect, it } from '@jest/globals';
import { describePrivilege, missingPrivileges } from '../../src/providers/proxmox/permissions.ts';
import type { Permissions } from '../../src/types/observation.ts';
import { holds, holdsBelow } from '../../src/types/permissions.ts';

const AUDITOR: Permissions = {
  '/': { 'VM.Audit': true, 'Sys.Audit': true, 'Datastore.Audit': true, 'Pool.Audit': true },
};
const POOL_USER: Permissions = {
  '/pool/prod': { 'VM.Audit': true },
  '/vms/200': { 'VM.Audit': false, 'VM.Console': false },
};

describe('a right', () => {
  it.each<[permissions: Permissions, path: string, privilege: string, expected: boolean]>([
    [AUDITOR, '/', 'VM.Audit', true],
    [AUDITOR, '/vms/100', 'VM.Audit', true],
    [AUDITOR, '/vms/100', 'VM.PowerMgmt', false],
    [POOL_USER, '/vms/200', 'VM.Audit', true],
    [POOL_USER, '/vms/200', 'Sys.Audit', false],
    [POOL_USER, '/vms/201', 'VM.Audit', false],
    [POOL_USER, '/', 'VM.Audit', false],
    [{}, '/vms/1', 'VM.Audit', false],
    [{ ...AUDITOR, '/vms/7': { 'VM.Console': true } }, '/vms/7', 'VM.Audit', false],
    [{ '/vms': { 'VM.Audit': false } }, '/vms', 'VM.Audit', true],
    [{ '/vms': { 'VM.Audit': false } }, '/vms/1', 'VM.Audit', false],
    [{ ...AUDITOR, '/vms': { 'VM.Console': false } }, '/vms/1', 'VM.Audit', true],
    [{ ...AUDITOR, '/vms': { 'VM.Console': true } }, '/vms/1', 'VM.Audit', false],
    [{}, '/constructor', 'toString', false],
  ])('%j: %s %s is %s', (permissions, path, privilege, expected) => {
    expect(holds(permissions, path, privilege)).toBe(expected);
  });

  it('reaches what is below only where it propagates', () => {
    expect(holdsBelow({ '/vms': { 'VM.Audit': false } }, '/vms', 'VM.Audit')).toBe(false);
    expect(holdsBelow(AUDITOR, '/vms', 'VM.Audit')).toBe(true);
  });
});

describe('what a whole inventory needs', () => {
  it.each<[name: string, permissions: Permissions, missing: string[]]>([
    ['an auditor', AUDITOR, ['Sys.Syslog on /']],
    ['an auditor with the log', { '/': { ...AUDITOR['/'], 'Sys.Syslog': false } }, []],
    [
      'a user of one pool',
      POOL_USER,
      [
        'VM.Audit on /vms',
        'Sys.Audit on /nodes',
        'Sys.Audit on /',
        'Datastore.Audit on /storage',
        'Pool.Audit on /pool',
        'Sys.Syslog on /',
      ],
    ],
  ])('%s', (_name, permissions, missing) => {
    expect(missingPrivileges(permissions).map(describePrivilege)).toEqual(missing);
  });
});
