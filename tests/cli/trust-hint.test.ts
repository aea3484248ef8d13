import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld } from '../helpers/world.ts';

const NO_CA = { PROXMOX_VE_CA_FILE: undefined };

describe('after a pinned certificate was renewed', () => {
  it('one hint mends it where the pin is in the environment', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1, vms: 1 });
    const env = { ...NO_CA, PROXMOX_VE_FINGERPRINT: lab.fingerprint };
    expect(await rollcall('discover-all', { env })).toMatchObject({ status: EXIT.done });
    lab.rotateCertificate('pve1');
    const pin = `PROXMOX_VE_FINGERPRINT=${lab.fingerprint}`;
    const failed = await rollcall('discover-all', { env });
    expect(failed.status).toBe(EXIT.unreachable);
    expect(failed.stderr).toContain(`then pin it: ${pin}, or trust`);
    expect(failed.stderr).not.toContain('providers trust');
    const tested = await rollcall('providers test', { env });
    expect(tested.stderr).toContain(`then: ${pin}\n`);
    const mended = await rollcall('discover-all', { env: { ...NO_CA, PROXMOX_VE_FINGERPRINT: lab.fingerprint } });
    expect(mended.status).toBe(EXIT.done);
  });

  it('`providers trust` of what only the environment describes names the variable', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1, vms: 1 });
    await rollcall('discover-all');
    expect(await rollcall(`providers trust lab --fingerprint ${lab.fingerprint}`)).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr:
        'error: lab is described by the environment, and trusted as that says\n' +
        `hint: set PROXMOX_VE_FINGERPRINT=${lab.fingerprint}; or store it first: rollcall providers add lab --fingerprint ${lab.fingerprint}\n`,
    });
  });

  it('the flag is named where the pin is a flag', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1, vms: 1 });
    const old = lab.fingerprint;
    expect(await rollcall(`discover-all --fingerprint ${old}`, { env: NO_CA })).toMatchObject({ status: EXIT.done });
    lab.rotateCertificate('pve1');
    const failed = await rollcall(`discover-all --fingerprint ${old}`, { env: NO_CA });
    expect(failed.stderr).toContain(`then pin it: --fingerprint ${lab.fingerprint}, or trust`);
    const mended = await rollcall(`discover-all --fingerprint ${lab.fingerprint}`, { env: NO_CA });
    expect(mended.status).toBe(EXIT.done);
  });

  it('the command is named where the pin is stored', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1, vms: 1 });
    const [tokenId = '', SECRET = ''] = lab.token.split('=');
    const env = { ...NO_CA, PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_API_TOKEN: undefined, SECRET };
    const how = ['--fingerprint', lab.fingerprint, '--token-id', tokenId, '--secret', 'env:SECRET'];
    await rollcall(['providers', 'add', 'site', '--endpoint', lab.url, ...how], { env });
    lab.rotateCertificate('pve1');
    const failed = await rollcall('discover-all --provider site', { env });
    const command = `rollcall providers trust site --fingerprint ${lab.fingerprint}`;
    expect(failed.stderr).toContain(`then pin it: ${command}, or trust`);
    expect(await rollcall(command.replace('rollcall ', ''), { env })).toMatchObject({ status: EXIT.done });
    expect(await rollcall('discover-all --provider site', { env })).toMatchObject({ status: EXIT.done });
  });
});
