import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
/** Before the second run. */
let before: string;

beforeAll(async () => {
  world = await openWorld();
  await world.rollcall('discover-all');
  world.clock.advance(3_600_000);
  before = new Date(world.clock.now().getTime() - 60_000).toISOString();
  world.lab.as('admin@pve').setConfig(100, { description: 'x', tags: 'chosen' });
  await world.rollcall('discover-all');
});

async function names(line: string): Promise<string> {
  return (await world.rollcall(`${line} -o name`)).stdout;
}

it('--all-tags wants a tag for every pattern', async () => {
  const { rows } = await world.rollcall('list-guests -o json');
  const [first, second] = rows.map(({ tags }) => tags as string[]).find(({ length }) => length > 1) ?? [];
  const both = await names(`list-guests tag=${first},tag=${second}`);
  expect(both).not.toBe('');
  expect(await names(`list-guests --tag ${first} --tag ${second} --all-tags`)).toBe(both);
  expect(await names(`list-guests --tag ${first} --tag ${second}`)).toBe(
    await names(`list-guests tag=${first} tag=${second}`),
  );
});

describe('a selector', () => {
  it('chooses among guests, beside the filters', async () => {
    expect(await names('list-guests tag=chosen')).toBe('lab/100\n');
    expect(await names('list-guests vmid=100-101,node=pve1')).toBe(await names('list-guests 100-101 --node pve1'));
    expect(await names("list-vms '!kind=vm'")).toBe('');
    expect(await names('list-containers kind=container')).toBe(await names('list-containers'));
    expect(await names('list-guests 100 101')).toBe('lab/100\nlab/101\n');
    expect(await names('list-hosts provider=none')).toBe('');
  });

  it('is compared with the guests as they were', async () => {
    expect(await names(`list-guests tag=chosen --at ${before}`)).toBe('');
    expect(await names(`list-guests changed<30m --at ${before}`)).toBe('');
    expect(await names(`list-guests changed<24h --at ${before}`)).toBe(await names('list-guests'));
  });

  it('knows when a guest was changed last', async () => {
    expect(await names('list-guests changed<30m')).toBe('lab/100\n');
    expect(await names("list-guests 'changed>30m'")).toBe((await names('list-guests')).replace('lab/100\n', ''));
  });

  it('chooses whose changes are shown', async () => {
    const { rows } = await world.rollcall('show-changes tag=chosen -o json');
    expect(new Set(rows.map(({ vmid }) => vmid))).toEqual(new Set([100]));
    expect(rows.map(({ path }) => path)).toEqual([null, 'description', 'tags']);
    expect((await world.rollcall('show-changes tag=none -o json')).rows).toEqual([]);
    expect((await world.rollcall('show-changes tag=chosen --guest 101 -o json')).rows).toEqual([]);
  });

  it('chooses whose tasks are listed', async () => {
    const listed = (await world.rollcall('list-tasks --limit 1000 -o json')).rows;
    const vmid = Number(listed.map((row) => row['vmid']).find((one) => one !== null));
    const { rows } = await world.rollcall(`list-tasks vmid=${vmid} --limit 1000 -o json`);
    expect(new Set(rows.map((row) => row['vmid']))).toEqual(new Set([vmid]));
    expect(rows).toEqual((await world.rollcall(`list-tasks --guest ${vmid} --limit 1000 -o json`)).rows);
    expect((await world.rollcall(`list-tasks tag=none --guest ${vmid} -o json`)).rows).toEqual([]);
  });

  it('names one guest where a reference is taken', async () => {
    expect((await world.rollcall('show tag=chosen -o json')).json).toMatchObject({ vmid: 100 });
    expect((await world.rollcall('show-vm tag=chosen -o json')).json).toMatchObject({ vmid: 100 });
    const several = await world.rollcall("show-vm 'vmid<103'");
    expect(several).toMatchObject({ status: 2, stdout: '' });
    expect(several.stderr).toMatch(
      /^error: `vmid<103` names \d guests\nhint: Name one by PROVIDER\/VMID:\n {2}lab\/100 {2}\S+ {2}pve\d {2}present\n/,
    );
    expect(await world.rollcall('show-vm tag=none')).toMatchObject({
      status: 1,
      stderr: 'error: No guest matches `tag=none`\nhint: `list-guests` shows guests, and takes the same selectors.\n',
    });
    expect(await world.rollcall('show-container tag=chosen')).toMatchObject({ status: 1 });
  });

  it('gives way to what is called so, and to the reasons why nothing is', async () => {
    expect(await world.rollcall('show-vm "web (old)"')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: No guest `web \(old\)` is in the inventory\n/),
    });
    expect(await world.rollcall('show "local (100)"')).toMatchObject({ status: 1, stdout: '' });
    const long = await world.rollcall('show tag=chosen --at 2001-01-01');
    expect(long).toMatchObject({ status: 1, stderr: expect.stringMatching(/the history begins/i) });
  });

  it('does not go with --follow', async () => {
    expect(await world.rollcall('show-changes tag=chosen --follow')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: --follow takes no selector/),
    });
  });

  it('is refused with the place where it is wrong', async () => {
    const ran = await world.rollcall("list-vms 'tag=x,memroy>8G'");
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(
      /^error: this is no selector: there is no field 'memroy'\n {2}tag=x,memroy>8G\n {8}\^{6}\nhint: did you mean memory\? fields: /,
    );
  });

  it('is explained by the help, with every field', async () => {
    const { status, stdout } = await world.rollcall('help selectors');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^A selector says which guests are meant\./);
    expect(stdout).toContain('\n  disk.storage  disk.storage=ceph*        storage or datastore of any disk\n');
    expect(await world.rollcall('selectors')).toMatchObject({ status: 2 });
  });
});
