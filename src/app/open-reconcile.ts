import { AccountRepository } from '../repositories/reconcile/account-repository.ts';
import { BillingCounts } from '../repositories/reconcile/billing-counts.ts';
import { FindingRepository } from '../repositories/reconcile/finding-repository.ts';
import { ReconcileRepository } from '../repositories/reconcile/reconcile-repository.ts';
import { SettingRepository } from '../repositories/reconcile/setting-repository.ts';
import { toRules } from '../services/reconcile/account-rules.ts';
import { AccountServerService } from '../services/reconcile/account-server-service.ts';
import { AccountService } from '../services/reconcile/account-service.ts';
import { FindingService } from '../services/reconcile/finding-service.ts';
import { LinkService } from '../services/reconcile/link-service.ts';
import type { OwnerFile } from '../services/reconcile/owners.ts';
import { parsePanelSettings } from '../services/reconcile/panel-settings.ts';
import { ReconcileService } from '../services/reconcile/reconcile-service.ts';
import { addSetting, confirmedDocument } from '../services/reconcile/sealed-setting.ts';
import type { AccountRule } from '../types/account.ts';
import type { Action, Actor } from '../types/people.ts';
import type { App } from './app.ts';
import { reportingKinds } from './open-managers.ts';
import { openPanel } from './open-panel.ts';
import { openPanels } from './open-panels.ts';

/** Compares the inventory with panels. */
export async function openReconcile(app: App): Promise<ReconcileService> {
  const connection = await app.connection();
  const { clock, newId } = app.machine;
  return new ReconcileService({
    inventory: await app.inventory(),
    repository: new ReconcileRepository(connection),
    reportingProviders: async () => {
      const [kinds, providers] = [await reportingKinds(), await (await app.inventory()).listProviders()];
      return new Set(providers.filter(({ type }) => kinds.has(type)).map(({ name }) => name));
    },
    findings: new FindingRepository(connection),
    accounts: new AccountRepository(connection),
    panels: async () => (await openPanels(app)).list(),
    open: async (panel) => {
      const source = await openPanel(app, panel);
      // Its seal was checked when it was opened.
      const { scope } = parsePanelSettings(panel);
      return { read: (options) => source.read(options), close: () => source.close(), scope };
    },
    accountRules: () => readRulesWithFiles(app),
    clock,
    newId,
  });
}

/** Whose servers are which, and what is known of an account. */
export async function openAccountServers(app: App): Promise<AccountServerService> {
  const connection = await app.connection();
  return new AccountServerService({
    inventory: await app.inventory(),
    links: new ReconcileRepository(connection),
    findings: new FindingRepository(connection),
    billing: new BillingCounts(connection),
    accounts: new AccountRepository(connection),
    panels: async () => (await openPanels(app)).list(),
    accountRules: () => readRulesWithFiles(app),
    clock: app.machine.clock,
  });
}

export async function openPanelLinks(app: App): Promise<LinkService> {
  return new LinkService({
    repository: new ReconcileRepository(await app.connection()),
    read: async (panel) => {
      const source = await openPanel(app, panel);
      try {
        return await source.read({ signal: app.machine.signal });
      } finally {
        await source.close();
      }
    },
    record: recorder(app),
    clock: app.machine.clock,
  });
}

export async function openFindings(app: App): Promise<FindingService> {
  const connection = await app.connection();
  return new FindingService({
    findings: new FindingRepository(connection),
    guests: await app.inventory(),
    accounts: new AccountRepository(connection),
    record: recorder(app),
    clock: app.machine.clock,
  });
}

export async function openAccounts(app: App): Promise<AccountService> {
  const { clock, newId } = app.machine;
  return new AccountService({
    accounts: new AccountRepository(await app.connection()),
    record: recorder(app),
    clock,
    newId,
  });
}

/** In their order. Throws AppError('unconfirmed') for rules that were written past the program. */
export async function readAccountRules(app: App): Promise<readonly AccountRule[]> {
  const stored = await new SettingRepository(await app.connection()).newest('account-rules');
  if (stored === null) return [];
  const key = await (await app.gate()).requireKey('the rules of accounts');
  return toRules(confirmedDocument(key, stored));
}

/** In place of those that are there. */
export async function setAccountRules(app: App, rules: readonly AccountRule[], by: Actor): Promise<void> {
  const key = await (await app.gate()).requireKey('the rules of accounts');
  const setting = { name: 'account-rules', document: rules, setAt: app.machine.clock(), setBy: by.name } as const;
  const version = await addSetting(new SettingRepository(await app.connection()), key, setting);
  await recorder(app)(by, { action: 'account.rules', detail: { version } });
}

async function readRulesWithFiles(app: App) {
  const rules = await readAccountRules(app);
  const paths = rules.flatMap(({ kind, pattern }) => (kind === 'file' ? [pattern] : []));
  if (paths.length === 0) return { rules, files: new Map<string, OwnerFile>() };
  const { readOwnerFile } = await import('./owner-file.ts');
  return { rules, files: new Map(paths.map((file) => [file, readOwnerFile(file)])) };
}

function recorder(app: App): (by: Actor, action: Action) => Promise<void> {
  return async (by, action) => (await app.people()).actions.record(by, action);
}
