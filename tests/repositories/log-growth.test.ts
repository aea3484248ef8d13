import { expect, it } from '@jest/globals';
import { isWorthStoring } from '../../src/providers/proxmox/rules/log-growth.ts';
import { logLine } from '../helpers/records.ts';

// As a server writes them; the last one is made up by a guest.
it.each([
  ['starting task UPID:pve1:000A1B2C:00F3:68F0A1B2:qmstart:100:root@pam:', false],
  ['end task UPID:pve1:000A1B2C:00F3:68F0A1B2:qmstart:100:root@pam: OK', false],
  ["successful auth for user 'root@pam'", false],
  ['authentication failure; rhost=::ffff:10.0.0.1 user=root@pam msg=Authentication failure', true],
  ['update VM 110: -delete net1 -memory 4096', true],
  ['a VM said: starting task UPID:x', true],
])('%s', (message, isKept) => {
  expect(isWorthStoring(logLine({ ref: 'pve1/1', at: new Date(0), text: message }))).toBe(isKept);
});
