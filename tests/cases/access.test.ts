import { expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { describeCases, openCase, runCase } from './field-case.ts';

const SECRET = '00000000-0000-4000-8000-000000000002';

describeCases('who asks, and what they may see', () => {
  it('05-realm-dots: users, realms and task ids of every spelling are read and found', async () => {
    const one = await runCase('05-realm-dots');
    const tasks = await one.run('list-tasks -o csv --columns type,user,target');
    expect(tasks.stdout.trimEnd().split('\n').slice(1)).toEqual([
      'hastart,root@pam,100',
      'download,root@pam,debian-13.iso',
      'imgdel,root@pam,100@local-lvm',
      'qmstop,first.last@example.org@entra-oidc!ops,100',
      'qmstart,jdoe@company-abc.com!terraform-token,100',
      'imgcopy,builder@EXAMPLE.COM!builder,',
    ]);
    const count = async (filter: string) => (await one.run(`list-tasks -o json ${filter}`)).rows.length;
    expect(await count('--guest 100')).toBe(3);
    expect(await count("--user 'first.last@example.org@entra-oidc*'")).toBe(1);
    expect(await count("--user '*@EXAMPLE.COM*'")).toBe(1);
    expect(await one.run('providers test')).toMatchObject({ status: EXIT.done });
  });

  it('06-two-ats: a user named by a mail address logs in', async () => {
    const one = await runCase('06-two-ats');
    expect(one.discovered.map(({ status }) => status)).toEqual([EXIT.done, EXIT.done]);
    expect((await one.run('list-vms -o name')).stdout).toBe('pve/100\n');
  });

  it.each([
    ['a line break at the end', `auditor@pve!ro=${SECRET}\n`, EXIT.done],
    ['blanks around', ` auditor@pve!ro=${SECRET} `, EXIT.done],
    ['quotes', `"auditor@pve!ro=${SECRET}"`, EXIT.done],
    ["the header's prefix", `PVEAPIToken=auditor@pve!ro=${SECRET}`, EXIT.done],
    ['a user with two @', `first.last@example.org@entra!ops=${SECRET}`, EXIT.done],
    ['a realm with dots', `uid@company-abc.com!tf-1=${SECRET}`, EXIT.done],
    ['no secret', 'auditor@pve!ro', EXIT.usage],
    ['no realm', `auditor!ro=${SECRET}`, EXIT.usage],
  ])('07b-token-spellings: %s', async (_name, token, status) => {
    const one = await openCase({ resources: [] }, { env: { PROXMOX_VE_API_TOKEN: token } });
    const ran = await one.run('discover-all');
    expect(ran.status).toBe(status);
    expect(ran.stderr).not.toContain(SECRET);
    if (status === EXIT.usage) expect(ran.stderr).toContain('write it as user@realm!name=secret');
  });

  it('07b-token-spellings: in two variables, and stored under the name of the cluster that they describe', async () => {
    const tokenId = 'first.last@example.org@entra!ops';
    const env = { PROXMOX_VE_API_TOKEN: null, PROXMOX_TOKEN_ID: tokenId, PROXMOX_TOKEN_SECRET: SECRET };
    const one = await openCase({ resources: [] }, { env });
    expect(await one.run('discover-all')).toMatchObject({ status: EXIT.done });
    const added = await one.run([
      'providers',
      'add',
      'x',
      '--token-id',
      tokenId,
      '--secret',
      'env:PROXMOX_TOKEN_SECRET',
    ]);
    expect(added).toMatchObject({ status: EXIT.done });
    expect((await one.run('providers list -o name')).stdout).toBe('x\n');
  });

  it('18-subset-token: a token for one VM is complete within its rights, and told once what it lacks', async () => {
    const one = await runCase('18-subset-token');
    const [first, second, third] = one.discovered;
    expect(first).toMatchObject({ status: EXIT.done, stderr: expect.stringContaining('the token lacks ') });
    expect(first?.stderr.match(/^warning: /gm)).toHaveLength(1);
    expect(second).toMatchObject({ status: EXIT.done, stderr: '' });
    // Its only guest is out of sight since a right was taken away: that is no removal.
    expect(third).toMatchObject({ status: EXIT.partial });
    expect((await one.run('list-vms -o json')).rows).toMatchObject([{ vmid: 105, presence: 'unobservable' }]);
    expect((await one.run('sync-status -o json')).rows[0]?.['lastCompleteAt']).not.toBeNull();
    const tested = await one.run('providers test');
    expect(tested.status).toBe(EXIT.denied);
    expect(tested.stdout.match(/^FAILED .*$/gm)).toEqual([
      expect.stringMatching(/^FAILED +permissions +missing: VM.Audit on \/vms \(guests\), .*Pool.Audit on \/pool/),
      expect.stringMatching(/^FAILED +attribution +missing: Sys.Syslog on \//),
    ]);
  });

  it('26-bad-tokens: a token with two exclamation marks is refused with its right form, and not shown', async () => {
    const one = await runCase('26-bad-tokens');
    expect(one.discovered[0]).toMatchObject({ status: EXIT.usage, stdout: '' });
    expect(one.discovered[0]?.stderr).toMatch(
      /^error: PROXMOX_VE_API_TOKEN is not an API token\nhint: write it as user@realm!name=secret/,
    );
    expect(one.discovered[0]?.stderr).not.toContain('4504a1c9');
    expect(one.server.requests).toEqual([]);
  });
});
