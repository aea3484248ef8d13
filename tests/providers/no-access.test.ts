import { expect, it } from '@jest/globals';
import { checkNoAccess } from '../../src/providers/proxmox/no-access.ts';

it.each([
  ['a!b@pve', 'a!b@pve', '--users'],
  ['a!b@pve!tok', 'a!b@pve', '--users'],
  ['a!b@pve!tok', 'a!b@pve!tok', '--tokens'],
])('NoAccess is found for %s where %s has it, whose name has an exclamation mark', async (account, ugid, flag) => {
  const acl = [{ path: '/pool/x', roleid: 'NoAccess', ugid, type: flag === '--tokens' ? 'token' : 'user' }];
  const client = { getAcl: async () => acl, getPermissionsAt: async () => ({}) };
  const [check] = await checkNoAccess(client, account, {});
  expect(check?.hint).toBe(`pveum acl delete /pool/x ${flag} '${ugid}' --roles NoAccess`);
});
