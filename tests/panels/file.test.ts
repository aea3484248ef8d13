import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readOwnerFile } from '../../src/app/owner-file.ts';
import { openPanelWorld } from './panel-world.ts';

describe('a panel that is a file', () => {
  const { dir, rollcall } = openPanelWorld();

  function write(name: string, text: string, mode = 0o600): void {
    writeFileSync(path.join(dir, name), text, { mode });
    chmodSync(path.join(dir, name), mode);
  }

  it('is added, listed, shown, read, changed and removed', async () => {
    write('servers.csv', 'ID,Host,ip\n1,web,192.0.2.1\n2,db,"192.0.2.2 2001:db8::2"\n');
    const added = await rollcall('panel add sheet --type file --file servers.csv --map id=ID --map name=Host');
    expect(added).toMatchObject({ status: 0, stdout: '' });
    expect(added.stderr).toContain('added sheet; rollcall panel test sheet reads it');
    expect((await rollcall('panel add sheet --type file --file servers.csv')).status).toBe(2);
    await rollcall('panel update sheet --map id=ID --map name=Host --map address=ip --provider pve*');
    const tested = await rollcall('panel test sheet -o json');
    expect(tested.status).toBe(0);
    expect(tested.json).toMatchObject({
      panel: 'sheet',
      count: 2,
      doubt: null,
      records: [
        { id: '1', name: 'web', addresses: ['192.0.2.1'] },
        { id: '2', name: 'db', addresses: ['192.0.2.2', '2001:db8::2'] },
      ],
    });
    const table = await rollcall('panel test sheet');
    expect(table.stderr).toContain('sheet lists 2 servers, to be compared with provider pve*');
    expect(table.stdout).toMatch(/^ID +NAME +NATIVE ID +UUID +ADDRESSES +OWNER +STATE\n1 +web/);
    expect((await rollcall('panel list -o json')).rows).toMatchObject([
      { name: 'sheet', type: 'file', lastCount: 2, lastIssue: null, lastCompleteAt: '2026-11-21T10:00:00.000Z' },
    ]);
    const shown = (await rollcall('panel show sheet')).stdout;
    expect(shown).toMatch(/guests +provider pve\*/);
    expect(shown).toMatch(/field +address=ip/);
    expect((await rollcall('panel remove sheet')).status).toBe(0);
    const gone = await rollcall('panel show sheet');
    expect(gone.status).toBe(1);
    expect(gone.stderr).toContain('there is no panel sheet');
  });

  it.each([
    ['a.json', '[{"id": 1, "state": "Active"}]'],
    ['a.yaml', '- id: 1\n  state: Active\n'],
    ['a.yml', '[{id: 1, state: Active}]'],
  ])('may be %s', async (name, text) => {
    write(name, text);
    await rollcall(`panel add ${name} --type file --file ${name}`);
    expect((await rollcall(`panel test ${name} -o json`)).json).toMatchObject({
      records: [{ id: '1', state: 'running' }],
    });
  });

  it.each([
    ['empty.csv', '', 'holds no list of servers'],
    ['short.csv', 'id,name\n1\n', 'is no CSV in line 2'],
    ['other.csv', 'number,name\n1,x\n', 'has no column id'],
    ['cut.json', '[{"id": 1}', 'is no JSON'],
    ['object.json', '{"id": 1}', 'holds no list of servers'],
    ['empty.yaml', '', 'holds no list of servers'],
    ['laughs.yaml', `a: &a [x,x]\nb: &b [${'*a,'.repeat(60)}*a]\nc: [${'*b,'.repeat(60)}*b]\n`, 'is no YAML'],
  ])('is refused as %s: it is no whole list', async (name, text, why) => {
    write(name, text);
    await rollcall(`panel add ${name} --type file --file ${name}`);
    const ran = await rollcall(`panel test ${name}`);
    expect(ran.status).not.toBe(0);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(why);
    expect((await rollcall('panel list -o json')).rows.find((row) => row['name'] === name)?.['lastIssue']).toContain(
      why,
    );
  });

  it('has no servers where it has a header alone', async () => {
    write('none.csv', 'id,name\n');
    await rollcall('panel add none --type file --file none.csv');
    expect((await rollcall('panel test none -o json')).json).toMatchObject({ count: 0, doubt: null });
  });

  it('is doubtful, with status 5, where an id is there twice', async () => {
    write('twice.csv', 'id\n1\n1\n');
    await rollcall('panel add twice --type file --file twice.csv');
    const ran = await rollcall('panel test twice');
    expect(ran.status).toBe(5);
    expect(ran.stderr).toContain('records may be missing or wrong: an id is there twice (1)');
  });

  it('is refused where others can write it', async () => {
    write('open.csv', 'id\n1\n', 0o622);
    await rollcall('panel add open --type file --file open.csv');
    const ran = await rollcall('panel test open');
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('can be written by others (mode 622)');
  });

  it.each([
    ['panel add x --type file', '--file is missing'],
    ['panel add x --type file --file a.csv --token env:X', '--token means nothing to panels of type file'],
    ['panel add x --type file --file a.txt', 'the format of the file is not known'],
    ['panel add x --type file --file a.csv --map nonsense=1', '--map nonsense=1: write it as FIELD=NAME'],
    ['panel add x --type sql --url env:X', '--query is missing'],
    ['panel add x --type sql --url env:X --query a --insecure', 'panels take no --insecure'],
    ['panel list --provider a', 'panel list takes no --provider'],
    ['panel add . --type rollcall', "'.' cannot be the name of a panel"],
    ['panel add x --type file --file a.csv --select a=b=c', 'selector'],
  ])('is not added by %s', async (line, why) => {
    const ran = await rollcall(line);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(why);
  });
});

describe('a file of owners', () => {
  const { dir } = openPanelWorld();

  it('is called by its name where it cannot be read, or holds no owner', () => {
    const file = path.join(dir, 'owners.csv');
    expect(() => readOwnerFile(file)).toThrow(`the list of owners in ${file} cannot be read (ENOENT)`);
    writeFileSync(file, 'ref,owner\nprod/100,\n', { mode: 0o600 });
    expect(() => readOwnerFile(file)).toThrow('each line needs a value in the columns ref and owner');
  });
});
