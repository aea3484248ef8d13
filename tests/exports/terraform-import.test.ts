import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { renderTerraformImport } from '../../src/services/exports/terraform-import.ts';
import type { GuestRow } from '../../src/types/inventory.ts';
import { tempDir } from '../helpers/temp.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

const dir = tempDir();

function text(guests: readonly GuestRow[], problems: readonly string[] = []): string {
  return String(renderTerraformImport(inventoryOf(guests, problems)).content);
}

/** What a text of HCL means; undefined for a template, or a text that does not end where its quotes do. */
function meaning(hcl: string): string | undefined {
  const [, inner] = /^"((?:[^"\\$%\p{Cc}]|\\[nrt"\\]|\\U[0-9a-f]{8}|\$\$\{|%%\{|[$%](?!\{))*)"$/u.exec(hcl) ?? [];
  const short: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
  return inner
    ?.replace(/([$%])\1\{/g, '$1{')
    .replace(/\\(?:U([0-9a-f]{8})|(.))/g, (_, code, letter) =>
      code === undefined ? (short[letter] ?? '') : String.fromCodePoint(Number.parseInt(code, 16)),
    );
}

describe('import blocks for Terraform', () => {
  it('have lines of five kinds only, whatever guests are called', () => {
    const line = /^(?:# [^\n]*|import \{| {2}to = proxmox_virtual_environment_vm\.[A-Za-z_][\w-]*| {2}id = ".*"|\}|)$/;
    const lines = text(hostileGuests(), ['lab: node\npve1']).split('\n');
    expect(lines.filter((one) => !line.test(one))).toEqual([]);
    const names = lines.flatMap((one) => /^ {2}to = (.*)$/.exec(one)?.[1]?.toLowerCase() ?? []);
    expect(new Set(names).size).toBe(HOSTILE_NAMES.length - 1);
  });

  it('name each guest by its node and vmid, as a text that is no template', () => {
    const nodes = [
      ...HOSTILE_NAMES.filter((name) => name !== ''),
      '$' + '{file("/etc/passwd")}',
      '%' + '{ if x }',
      '$$' + '{a}',
      'a\\"b',
    ];
    const guests = nodes.map((node, index) => guestRow({ vmid: 2000 + index, node }));
    const ids = [...text(guests).matchAll(/^ {2}id = (.*)$/gm)].map(([, id = '']) => meaning(id));
    expect(ids).toEqual(nodes.map((node, index) => `${node}/${2000 + index}`));
  });

  it('never give two guests one name', () => {
    const guests = ['a.b', 'a_b', 'A-b', '1a', '2b'].map((name, index) => guestRow({ vmid: index + 1, name }));
    const names = [...text(guests).matchAll(/^ {2}to = .*\.(.*)$/gm)].map(([, name]) => name);
    expect(names).toEqual([
      expect.stringMatching(/^a_b_[0-9a-f]{12}$/),
      expect.stringMatching(/^a_b_[0-9a-f]{12}$/),
      'A-b',
      '_1a',
      '_2b',
    ]);
    expect(new Set(names).size).toBe(5);
  });

  it('name containers, and virtual machines of vSphere by their path; what is not known is left out', () => {
    const guests = [
      guestRow({ vmid: 1, kind: 'lxc', name: 'ct' }),
      guestRow({
        kind: 'vm',
        vmid: null,
        nativeId: 'u1',
        id: 'u1',
        name: 'a/b%',
        document: { folder: '/DC1/vm%2fweb' },
      }),
      guestRow({ kind: 'vm', vmid: null, nativeId: 'u2', id: 'u2', name: 'lost' }),
      guestRow({ vmid: 4, name: 'nowhere', node: '', providerName: 'other' }),
      guestRow({ vmid: 5, name: 'old', presence: 'gone' }),
    ];
    expect(renderTerraformImport(inventoryOf(guests))).toEqual({
      content: `# lab/1 ct
import {
  to = proxmox_virtual_environment_container.ct
  id = "pve1/1"
}

# lab/u1 a/b%
import {
  to = vsphere_virtual_machine.a-b
  id = "/DC1/vm%2fweb/a%2fb%25"
}

# left out, its path in the inventory is not known: lab/u2 lost

# left out, its node is not known: other/4 nowhere

# left out, it is gone: lab/5 old
`,
      warnings: [
        '3 guests left out: lab/u2 lost, other/4 nowhere, lab/5 old',
        'guests of 2 providers: a file for each of them is made with --provider',
      ],
    });
  });
});

/** Terraform asks nobody for a newer version of itself, and reads no settings of the user. */
const env = { PATH: process.env['PATH'], CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
const isThere = spawnSync('terraform', ['version'], { env, stdio: 'ignore' }).status === 0;
const itReads = isThere ? it : it.skip;

describe('Terraform', () => {
  itReads(`reads them, whatever guests are called${isThere ? '' : ' (skipped: it is not installed)'}`, () => {
    const input = text(hostileGuests(), ['lab: node\npve1']);
    // It prints the file again as it would write it.
    const { status, stdout, stderr } = spawnSync('terraform', ['fmt', '-'], { env, input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: input, stderr: '' });
  });

  itReads('takes the id of each for the text that it is', () => {
    const nodes = [
      '$' + '{file("/etc/passwd")}',
      '%' + '{ if x }',
      '$$' + '{a}',
      '$$$' + '{a}',
      'a\\"b',
      '\u202ea\nb',
      'pve\u{1f600}',
    ];
    const guests = nodes.map((node, index) => guestRow({ vmid: 2000 + index, node }));
    const ids = [...text(guests).matchAll(/^ {2}id = (.*)$/gm)].map(([, id = '']) => id);
    const input = `jsonencode([${ids.join(', ')}])\n`;
    const { stdout } = spawnSync('terraform', ['console'], { cwd: dir, env, input, encoding: 'utf8' });
    const shown: unknown = JSON.parse(stdout);
    expect(JSON.parse(String(shown))).toEqual(nodes.map((node, index) => `${node}/${2000 + index}`));
  });
});
