import { expect, it } from '@jest/globals';
import { parseConfigUpdate } from '../../src/providers/proxmox/config-update.ts';
import { guestConfiguration } from '../../src/providers/proxmox/guest-document.ts';
import { maskText } from '../../src/text/mask-secrets.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';

const LENGTH = 2 ** 20;
/** What patterns may begin to match again and again: reading on from each place would take hours. */
const PARTS = [
  'x',
  ' ',
  '\n',
  '-',
  '=',
  ':',
  '@',
  '!',
  ',',
  '"',
  '.',
  'a.',
  'x-',
  'a b',
  '://',
  'a://b:',
  'a@b!',
  '\\"',
  'password',
  'password=',
  'password="',
  "secret='",
  'secret,',
  'secret,a,',
  'token : ',
  '--api-key ',
  ' --x',
  'eyJ',
  'eyJ-',
  'eyJaaaaaaaa.',
  'Bearer ',
  'Bearer',
  'PVEAPIToken=',
  'PVEAPIToken=a!b=',
  'sk-',
  'AKIA',
  '«hidden',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN A',
  'update VM 1: -a ',
  ' -a',
];
/** A pattern that reads on from each place takes hours. */
const MOST_MS = 20_000;

it.each(PARTS)('a megabyte of %j is read in time', (part) => {
  const text = part.repeat(Math.ceil(LENGTH / part.length));
  const startedMs = performance.now();
  maskText(text, MASK_KEY);
  parseConfigUpdate(`update VM 100: -name ${text}`, MASK_KEY);
  guestConfiguration(
    'qemu',
    { name: text, description: text, net0: text, scsi0: text, tags: text, args: text },
    MASK_KEY,
  );
  expect(performance.now() - startedMs).toBeLessThan(MOST_MS);
});

it('a secret is still found behind a megabyte', () => {
  const masked = maskText(`${'x'.repeat(LENGTH)}password=hunter2hunter2`, MASK_KEY);
  expect(masked).not.toContain('hunter2');
});
