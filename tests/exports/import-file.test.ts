import { expect, it } from '@jest/globals';
import { importFile } from '../../src/services/imports/import-file.ts';
import type { ImportedGuest } from '../../src/services/imports/import-service.ts';
import type { ImportMark } from '../../src/types/import-mark.ts';
import { guestRow } from './guests.ts';

/** As a writer of the database may leave it. */
function imported(over: Partial<ImportMark>): ImportedGuest {
  const guest = guestRow({ name: 'web\nHost *', ip: '10.0.0.1' });
  const mark: ImportMark = {
    guestId: guest.id,
    connectionId: 'c',
    name: 'web',
    format: 'ssh-config',
    target: '/x',
    address: '10.0.0.1',
    login: {},
    importedAt: guest.firstSeenAt,
    importedBy: 'me',
    archivedAt: null,
    ...over,
  };
  return { guest, mark, isGone: false };
}

it.each([
  [{ name: 'web\n  ProxyCommand x' }, 'is damaged'],
  [{ name: '*' }, 'is damaged'],
  [{ login: { user: 'a\nProxyCommand x' } }, 'is no user'],
  [{ login: { key: '"\nProxyCommand x' } }, 'is no key'],
  [{ login: { port: '22\nProxyCommand x' } }, 'is no port'],
])('a mark with %j is not written', (over, message) => {
  expect(() => importFile('ssh-config', [imported(over)])).toThrow(message);
});

it('an address that is none is not written', () => {
  const text = importFile('ssh-config', [imported({ address: 'x\nProxyCommand y' })]);
  expect(text.split('\n').slice(1)).toEqual([
    '',
    expect.stringMatching(/^# lab\/\d+ web\\nHost \*$/),
    'Host web',
    '    HostName web',
    '',
  ]);
});
