import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

describe('which guest a record is', () => {
  let world: World;

  function panelSays(...lines: readonly string[]): void {
    const text = `${['id,native_id,name,owner', ...lines].join('\n')}\n`;
    writeFileSync(path.join(world.dir, 'servers.csv'), text, { mode: 0o600 });
  }

  async function reconcile(): Promise<{ matched: number; findings: string[] }> {
    world.clock.advance(60_000);
    await world.rollcall('discover-all');
    const { json } = await world.rollcall('reconcile -o json');
    const { counts, findings } = json as {
      counts: { matched: number };
      findings: { kind: string; subject: string; recordId: string | null }[];
    };
    const texts = findings.map(({ kind, recordId, subject }) => `${kind} ${recordId ?? subject}`);
    return { matched: counts.matched, findings: texts.filter((text) => !text.startsWith('unowned')).toSorted() };
  }

  beforeAll(async () => {
    world = await openWorld({ vms: 4, containers: 0 });
    await world.rollcall('discover-all');
    panelSays('rec-1,100,,7', 'rec-2,101,,7', 'rec-3,,nobody-has-it,7', 'rec-4,103,,7');
    await world.rollcall('panel add shop --type file --file servers.csv');
    await reconcile();
  });

  it('a person says, where nothing else does', async () => {
    expect(await reconcile()).toEqual({
      matched: 3,
      findings: ['external-server lab/102 (app-03)', 'orphaned-record rec-3'],
    });
    expect(await world.rollcall('panel link shop rec-3 lab/102')).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringContaining('record rec-3 of shop is lab/102'),
    });
    expect(await reconcile()).toEqual({ matched: 4, findings: [] });
    // Also where what the record says of its machine changes.
    panelSays('rec-1,100,,7', 'rec-2,101,,7', 'rec-3,999,otherwise,7', 'rec-4,103,,7');
    expect(await reconcile()).toEqual({ matched: 4, findings: [] });
  });

  it('a person takes back', async () => {
    expect(await world.rollcall('panel unlink shop rec-3')).toMatchObject({ status: EXIT.done });
    await reconcile();
    expect(await reconcile()).toEqual({
      matched: 3,
      findings: ['external-server lab/102 (app-03)', 'orphaned-record rec-3'],
    });
    const again = await world.rollcall('panel unlink shop rec-3');
    expect(again.status).toBe(EXIT.failed);
    expect(again.stderr).toContain('record rec-3 of shop is matched with no guest');
  });

  it('a person decides where two records may be one guest, before any comparison matched them', async () => {
    panelSays('rec-1,100,,7', 'rec-2,101,,7', 'rec-5,,app-03,7', 'rec-6,,app-03,7', 'rec-4,103,,7');
    expect((await reconcile()).findings).toEqual(['ambiguous-match rec-5', 'ambiguous-match rec-6']);
    expect(await world.rollcall('panel link shop rec-6 app-03')).toMatchObject({ status: EXIT.done });
    await reconcile();
    expect(await reconcile()).toEqual({ matched: 4, findings: ['orphaned-record rec-5'] });
  });

  it('is refused for what neither the panel nor the inventory has', async () => {
    const record = await world.rollcall('panel link shop rec-55 lab/102');
    expect(record.status).toBe(EXIT.failed);
    expect(record.stderr).toMatch(/shop has no record rec-55\n.*did you mean rec-5/);
    world.lab.as('admin@pve').destroy(103);
    await reconcile();
    const guest = await world.rollcall('panel link shop rec-5 lab/103');
    expect(guest.status).toBe(EXIT.failed);
    expect((await reconcile()).findings).toContain('orphaned-record rec-5');
    expect((await world.rollcall('panel link shpo rec-5 lab/102')).stderr).toContain('did you mean shop?');
  });

  it('is in the record of actions', async () => {
    const { rows } = await world.rollcall('users log -o json');
    const said = rows.filter(({ action }) => String(action).startsWith('panel.'));
    expect(said.map(({ action, target, detail }) => ({ action, target, detail })).toReversed()).toEqual([
      { action: 'panel.link', target: 'shop', detail: expect.objectContaining({ record: 'rec-3' }) },
      { action: 'panel.unlink', target: 'shop', detail: { record: 'rec-3' } },
      { action: 'panel.link', target: 'shop', detail: expect.objectContaining({ record: 'rec-6' }) },
    ]);
  });
});
