import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseAt, testDatabase } from '../helpers/postgres.ts';
import { minute, observe, vm } from '../helpers/sync-state.ts';
import { tempDir } from '../helpers/temp.ts';
import { BillingWorld } from './billing-world.ts';

const dir = tempDir();
/** SQLite has one writer at a time. */
const onPostgres = testDatabase === 'postgresql' ? it : it.skip;
let world: BillingWorld;
let other: BillingWorld;

beforeAll(async () => {
  const url = await databaseAt(path.join(dir, 'book.db'));
  world = await BillingWorld.open(url, minute(0));
  other = await BillingWorld.open(url, minute(0));
});
afterAll(async () => {
  await world.connection.close();
  await other.connection.close();
});

const proposed = async () => {
  const { proposals } = await world.billing.propose();
  return proposals.map(({ kind, subject, amount, detail }) => [kind, subject, amount, ...detail.why]);
};
const price = (hours: number) => ({ 1: '0.0068493151', 3: '0.0205479453' })[hours];

describe('proposals', () => {
  it('are of guests that nobody pays for, with the whole hours since they were seen', async () => {
    for (const at of [5, 65, 125]) await world.see(observe(at, { guests: [vm(1), vm(2), vm(3)] }));
    for (const vmid of [1, 2]) await world.find(world.runs.idOf(vmid) ?? '', { subject: `vm-${vmid}` });
    await world.find(world.runs.idOf(3) ?? '', { acceptedBy: 'bob' });
    world.now = minute(185);
    expect((await proposed()).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['create', 'vm-1', price(3)],
      ['create', 'vm-2', price(3)],
    ]);
  });

  it('are not of the hour that has not ended', async () => {
    world.now = minute(175);
    expect((await proposed()).map(([, , amount]) => amount)).toEqual(['0.0136986302', '0.0136986302']);
    world.now = minute(185);
    expect((await proposed()).map(([, , amount]) => amount)).toEqual([price(3), price(3)]);
  });

  it('are kept while they are right', async () => {
    expect(await world.billing.propose()).toMatchObject({ opened: 0, outdated: 0 });
  });

  it('are not applied for hours that have not passed', async () => {
    const [proposal] = await world.billing.list({ state: 'open' });
    world.now = minute(60);
    const late = proposal && (await world.applyLate(proposal, 'alice'));
    expect(late).toBe('it is about hours that have not passed: a clock was set back');
    expect(await world.applyAll()).toEqual(Array(2).fill('its hours or their rate are other ones by now'));
    world.now = minute(185);
  });

  it('are not applied with a rate or with hours that were written past the program', async () => {
    const { db } = world.connection;
    const [proposal] = await world.billing.list({ state: 'open' });
    if (proposal === undefined) throw new Error('one is open');
    const detail = JSON.parse(JSON.stringify(proposal.detail)) as { hours: { rate: string; fromHour: number }[] };
    const [hours] = detail.hours;
    if (hours === undefined) throw new Error('it has hours');
    const cheap = [{ ...hours, rate: '0' }];
    const twice = [hours, { ...hours, fromHour: hours.fromHour + 1 }];
    for (const altered of [cheap, twice]) {
      await db.billingProposal.update({ where: { id: proposal.id }, data: { detail: { ...detail, hours: altered } } });
      const stored = await world.billing.get(proposal.id);
      expect(await world.billing.apply([{ proposal: stored, by: 'alice' }], null)).toMatchObject([
        { rev: null, why: 'its hours or their rate are other ones by now' },
      ]);
    }
    expect((await world.billing.book()).transactions.filter(({ guestId }) => guestId === proposal.guestId)).toEqual([]);
    await db.billingProposal.update({ where: { id: proposal.id }, data: { detail } });
  });

  it('are not applied once the finding is closed, or its panel cannot be read whole', async () => {
    const { db } = world.connection;
    await db.finding.updateMany({ data: { closedAt: world.now } });
    expect(new Set(await world.applyAll())).toEqual(new Set(['what is known now does not propose it any more']));
    await db.finding.updateMany({ data: { closedAt: null } });
    const { panelName } = await db.finding.findFirstOrThrow();
    const panel = { id: 'p', name: panelName, type: 'file', settings: {}, seal: '', createdAt: world.now };
    await db.panel.create({ data: { ...panel, lastIssue: 'no answer' } });
    expect(new Set(await world.applyAll())).toEqual(new Set(['what is known now does not propose it any more']));
    await db.panel.delete({ where: { id: 'p' } });
    expect((await world.billing.book()).servers).toEqual([]);
  });

  onPostgres('are not applied when somebody rejects them at that moment', async () => {
    const [proposal] = await world.billing.list({ state: 'open' });
    if (proposal === undefined) throw new Error('one is open');
    const { id } = proposal;
    const applying = await other.connection.writer.transaction(async (tx) => {
      await tx.execute(`UPDATE "billing_proposals" SET "state" = 'rejected', "openKey" = NULL WHERE "id" = '${id}'`);
      const late = world.applyLate(proposal, 'alice');
      await sleep(300);
      return { late };
    });
    expect(await applying.late).toBe('it is rejected already');
    expect((await world.billing.book()).servers).toEqual([]);
    expect((await world.billing.get(id)).state).toBe('rejected');
    const data = { state: 'open', openKey: proposal.key };
    await world.connection.db.billingProposal.update({ where: { id }, data });
  });

  it('are applied once, also by somebody who has listed them before', async () => {
    other.now = world.now;
    const stale = await other.billing.list({ state: 'open' });
    expect(await world.applyAll()).toEqual([null, null]);
    for (const proposal of stale) {
      expect(await other.applyLate(proposal, 'bob')).toBe('it is applied already');
      const [applied] = await other.billing.apply([{ proposal, by: 'bob' }], null);
      expect(applied?.why).toBe('what is known now does not propose it any more');
    }
    const { servers, transactions, totals } = await world.billing.book();
    expect(servers).toHaveLength(2);
    expect(transactions.map(({ kind, by, reason }) => [kind, by, reason])).toEqual([
      ['open', 'alice', 'test'],
      ['charge', 'alice', 'test'],
      ['open', 'alice', 'test'],
      ['charge', 'alice', 'test'],
    ]);
    expect(totals).toEqual([{ accountKey: 'acme', currency: 'EUR', servers: 2, hours: 6, total: '0.04' }]);
    expect((await world.verify()).problems).toEqual([]);
  });

  it('that were made from what was not charged then are refused for hours that are', async () => {
    const [before] = await world.billing.list({ state: 'applied' });
    if (before === undefined) throw new Error('one was applied');
    const { db } = world.connection;
    const late = { ...before, id: 'late', kind: 'charge', key: 'late', openKey: 'late', state: 'open', rev: null };
    await db.billingProposal.create({ data: { ...late, detail: JSON.parse(JSON.stringify(before.detail)) } });
    const [open] = await world.billing.list({ state: 'open' });
    if (open === undefined) throw new Error('it is open');
    expect(await world.applyLate(open, 'alice')).toBe('some of its hours are in the account book already');
    expect(await world.applyAll()).toEqual(['what is known now does not propose it any more']);
    await db.billingProposal.update({ where: { id: 'late' }, data: { state: 'outdated', openKey: null } });
  });

  it('are applied by a rule up to its amount only', async () => {
    await world.see(observe(185, { guests: [vm(1), vm(2), vm(3)] }));
    world.now = minute(241);
    await world.billing.propose();
    const byRule = await world.billing.byRule();
    expect(byRule.map(({ proposal, by }) => [proposal.kind, by])).toEqual([
      ['charge', expect.stringMatching(/^rule 1 of price list \d$/)],
      ['charge', expect.stringMatching(/^rule 1 of price list \d$/)],
    ]);
  });

  it('are not applied by a rule for an amount that was written past the program', async () => {
    const [chosen] = await world.billing.byRule();
    if (chosen === undefined) throw new Error('a rule applies it');
    const { id, detail } = chosen.proposal;
    const dear = { ...detail, hours: detail.hours.map((hours) => ({ ...hours, rate: '101' })) };
    const { db } = world.connection;
    await db.billingProposal.update({ where: { id }, data: { detail: JSON.parse(JSON.stringify(dear)) } });
    expect((await world.billing.byRule()).map(({ proposal }) => proposal.id)).not.toContain(id);
    await db.billingProposal.update({ where: { id }, data: { detail: JSON.parse(JSON.stringify(detail)) } });
  });

  it('that were rejected do not come back', async () => {
    const [proposal] = await world.billing.list({ state: 'open' });
    if (proposal) await world.billing.reject(proposal, { by: 'alice', reason: 'a gift' });
    expect(await proposed()).toHaveLength(1);
    expect(await world.applyAll()).toEqual([null]);
  });

  it('close a server that is gone, and credit hours after its end', async () => {
    const id = world.runs.idOf(1) ?? '';
    const { transactions } = await world.billing.book();
    await world.connection.db.guest.update({ where: { id }, data: { presence: 'gone', goneAt: minute(60) } });
    const wanted = (await proposed()).map(([kind]) => kind);
    expect(wanted).toContain('close');
    const credit = (await world.billing.list({ state: 'open' })).find(({ kind }) => kind === 'credit');
    expect(credit?.amount).toMatch(/^-0\.0[12]\d+$/);
    world.statements.length = 0;
    expect(await world.applyAll()).toEqual([null, null]);
    expect(world.statements.filter((sql) => /FROM "servers"\s+ORDER BY/.test(sql))).toHaveLength(1);
    expect(await proposed()).toEqual([]);
    expect((await world.billing.book()).transactions.length).toBeGreaterThan(transactions.length);
    await world.connection.db.guest.update({ where: { id }, data: { presence: 'present', goneAt: null } });
  });

  it('of charges by several price lists are a credit for each, in its currency', async () => {
    const id = world.runs.idOf(1) ?? '';
    const { db } = world.connection;
    const { rev, ...charge } = await db.transaction.findFirstOrThrow({ where: { guestId: id, kind: 'charge' } });
    const dollars = { fromHour: 900_000, toHour: 900_002, rate: '0.5', currency: 'USD', priceVersion: 9 };
    await db.transaction.create({ data: { ...charge, ...dollars, id: 'usd', rev, seq: 90 } });
    await db.guest.update({ where: { id }, data: { presence: 'gone', goneAt: minute(60) } });
    expect(await proposed()).toEqual([['credit', expect.any(String), '-1']]);
    const [credit] = await world.billing.list({ state: 'open' });
    expect(credit).toMatchObject({ currency: 'USD', priceVersion: 9, detail: { hours: [{ by: 'usd', rate: '0.5' }] } });
    expect(await world.billing.byRule()).toEqual([]);
    await db.transaction.delete({ where: { id: 'usd' } });
    await db.guest.update({ where: { id }, data: { presence: 'present', goneAt: null } });
    expect(await proposed()).toEqual([]);
  });

  it('of guests of which another panel has a record wait for a person that names them', async () => {
    const { db } = world.connection;
    const guestId = world.runs.idOf(3) ?? '';
    for (const name of ['shop', 'netbox']) {
      const panel = { id: name, name, type: 'file', settings: {}, seal: '', createdAt: world.now };
      await db.panel.create({ data: panel });
    }
    const link = { panelId: 'netbox', recordId: '1', guestId, by: 'uuid', digest: '', since: world.now };
    await db.panelLink.create({ data: link });
    await world.find(guestId, { id: 'doubtful', panelName: 'shop', subject: 'vm-3' });
    expect(await proposed()).toEqual([['create', 'vm-3', expect.any(String)]]);
    const [named] = await world.billing.list({ state: 'open' });
    expect(named?.detail.doubts).toEqual(['netbox has a record of it']);
    expect(await world.billing.applicable('alice')).toEqual([]);
    await db.panelLink.deleteMany();
    const [late] = await world.billing.apply(await world.billing.named([named?.id ?? ''], 'alice'), null);
    expect(late?.why).toContain('its doubts');
    await db.finding.delete({ where: { id: 'doubtful' } });
    await db.panel.deleteMany();
  });

  it('are not of guests that nobody owns, and say how many these are', async () => {
    const { db } = world.connection;
    expect((await world.billing.propose()).hints).toEqual([]);
    const guestId = world.runs.idOf(3) ?? '';
    for (const id of ['one', 'two']) await world.find(guestId, { id, accountKey: null, panelName: id });
    await world.find(world.runs.idOf(1) ?? '', { id: 'in-book', accountKey: null });
    const { proposals, hints } = await world.billing.propose();
    expect(proposals).toEqual([]);
    expect(hints).toEqual([expect.stringMatching(/^1 external server has no account and is not proposed; /)]);
    await db.finding.deleteMany({ where: { id: { in: ['one', 'two', 'in-book'] } } });
  });

  it('tell of records that a panel has to credit', async () => {
    const comparisons = [{ field: 'package', panel: 'S', inventory: null }];
    const evidence = { text: 'its server is gone', comparisons, guests: [], records: [] };
    await world.find(null, { kind: 'orphaned-record', panelName: 'whmcs', recordId: '7', subject: 'old', evidence });
    expect(await proposed()).toEqual([['credit', 'old', '-5', 'to be applied in whmcs: one month of the package S']]);
    expect(await world.applyAll()).toEqual(['to be applied in whmcs: one month of the package S']);
    const [credit] = await world.billing.list({ state: 'open' });
    if (credit === undefined) throw new Error('one is open');
    const detail = { ...credit.detail, why: [], hours: [], server: null, doubts: [] };
    const altered = { proposal: { ...credit, detail }, by: 'alice' };
    expect((await world.billing.apply([altered], null))[0]?.why).toBe(credit.detail.why[0]);
  });
});

describe('verify', () => {
  const problems = async (sql: string, undo: string) => {
    const { db } = world.connection;
    expect((await world.verify()).problems).toEqual([]);
    await db.$executeRawUnsafe(sql);
    const { problems: found } = await world.verify();
    await db.$executeRawUnsafe(undo);
    return found.map(({ message }) => message);
  };

  it('finds an altered, a missing and an added row of the account book', async () => {
    const charge = `"id" = (SELECT MIN("id") FROM "transactions" WHERE "kind" = 'charge')`;
    expect(
      await problems(
        `UPDATE "transactions" SET "amount" = '9' || "amount" WHERE ${charge}`,
        `UPDATE "transactions" SET "amount" = SUBSTR("amount", 2) WHERE ${charge}`,
      ),
    ).toEqual(['is not as it was written']);
    const server = `"id" = (SELECT MIN("id") FROM "servers")`;
    expect(
      await problems(
        `UPDATE "servers" SET "accountKey" = 'x' || "accountKey" WHERE ${server}`,
        `UPDATE "servers" SET "accountKey" = SUBSTR("accountKey", 2) WHERE ${server}`,
      ),
    ).toEqual(['is not as it was written']);
    const copy = `INSERT INTO "transactions" SELECT 'extra', "serverId", "guestId", "kind", 1, 2, "rate", "amount", "currency", "priceVersion", "proposalId", "by", "reason", "rev", "seq" + 50, "at" FROM "transactions" WHERE ${charge}`;
    expect(await problems(copy, `DELETE FROM "transactions" WHERE "id" = 'extra'`)).toEqual([
      'has more transactions in the account book than it wrote',
    ]);
    const stray = copy.replace('"rev", "seq" + 50', '1, "seq"');
    expect(await problems(stray, `DELETE FROM "transactions" WHERE "id" = 'extra'`)).toEqual([
      'wrote nothing into the account book, and there are rows of it',
    ]);
    const { db } = world.connection;
    await db.$executeRawUnsafe(`DELETE FROM "transactions" WHERE ${charge}`);
    expect((await world.verify()).problems.map(({ message }) => message)).toEqual(['is missing from the account book']);
  });
});
