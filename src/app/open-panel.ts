import { Redactor } from '../net/redact.ts';
import { confirmedPanelSettings, panelReferences, panelTls } from '../services/reconcile/panel-settings.ts';
import { AppError } from '../types/errors.ts';
import type { PanelSettings, PanelSource, StoredPanel } from '../types/panel.ts';
import type { App } from './app.ts';
import { resolveSecret } from './config/secret.ts';
import { requireCa } from './config/tls.ts';

/** What a panel is opened with: its secrets by reference, and the authority that it trusts. */
interface OpenedWith {
  secretOf: (reference: string) => string;
  ca: string | undefined;
}

/**
 * A panel as it is stored; must be closed. No secret of it is in an error. Throws AppError('unconfirmed') where its settings are
 * not sealed, and 'configuration'.
 */
export async function openPanel(app: App, stored: StoredPanel): Promise<PanelSource> {
  const gate = await app.gate();
  const settings = confirmedPanelSettings(await gate.requireKey(`the panel ${stored.name}`), stored);
  const secrets = await resolvePanelSecrets(app, stored.name, settings);
  const { caFile } = panelTls(settings);
  const hint = `put it back, or: rollcall panel update ${stored.name} --ca-file FILE`;
  const ca = caFile === undefined ? undefined : requireCa(caFile, hint);
  const redactor = new Redactor();
  for (const secret of secrets.values()) for (const part of secretParts(secret)) redactor.add(part);
  const secretOf = (reference: string): string => secrets.get(reference) ?? '';
  return guarded(await openByType(app, settings, { secretOf, ca }), redactor);
}

async function resolvePanelSecrets(
  app: App,
  name: string,
  settings: PanelSettings,
): Promise<ReadonlyMap<string, string>> {
  const sources = await app.notifySources();
  const secrets = new Map<string, string>();
  for (const reference of panelReferences(settings)) {
    try {
      secrets.set(reference, await resolveSecret(reference, sources));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
      const readable = `make the secret readable as ${reference}, or give another reference: rollcall panel update ${name}`;
      const hint = error.code === 'unconfirmed' ? `if you know it: rollcall panel confirm ${name}` : readable;
      throw new AppError(error.code, error.message, { hint });
    }
  }
  return secrets;
}

/** The password in the address of a database is one by itself. */
function secretParts(secret: string): string[] {
  const password = URL.canParse(secret) ? new URL(secret).password : '';
  if (password === '') return [secret];
  try {
    return [secret, password, decodeURIComponent(password)];
  } catch {
    return [secret, password];
  }
}

function guarded(source: PanelSource, redactor: Redactor): PanelSource {
  return {
    read: async (options) => {
      try {
        return await source.read(options);
      } catch (error) {
        throw redactor.clean(error);
      }
    },
    close: () => source.close(),
  };
}

async function openByType(app: App, settings: PanelSettings, { secretOf, ca }: OpenedWith): Promise<PanelSource> {
  const trust = { ca, fingerprint: panelTls(settings).fingerprint };
  switch (settings.type) {
    case 'sql': {
      const { openSqlPanel } = await import('../panels/sql/open-sql.ts');
      const { openDriver } = await import('../repositories/db/sqlite-driver.ts');
      return openSqlPanel({ settings, url: secretOf(settings.urlRef), ca, openSqlite: openDriver });
    }
    case 'http': {
      const { openHttpPanel } = await import('../panels/http/open-http.ts');
      const secret = settings.header === undefined ? undefined : secretOf(settings.header.valueRef);
      return openHttpPanel({ settings, secret, trust });
    }
    case 'file': {
      const { openFilePanel } = await import('../panels/file/open-file.ts');
      return openFilePanel(settings);
    }
    case 'virtfusion': {
      const { openVirtfusionPanel } = await import('../panels/virtfusion/open-virtfusion.ts');
      return openVirtfusionPanel({ settings, token: secretOf(settings.tokenRef), trust });
    }
    case 'whmcs': {
      const { openWhmcsPanel } = await import('../panels/whmcs/open-whmcs.ts');
      const { identifierRef, secretRef } = settings;
      return openWhmcsPanel({ settings, identifier: secretOf(identifierRef), secret: secretOf(secretRef), trust });
    }
    case 'netbox': {
      const { openNetboxPanel } = await import('../panels/netbox/open-netbox.ts');
      return openNetboxPanel({ settings, token: secretOf(settings.tokenRef), trust });
    }
    case 'rollcall': {
      const { openRollcallPanel } = await import('../panels/rollcall/open-rollcall.ts');
      const { listOpenServers } = await import('../repositories/reconcile/booked-servers.ts');
      return openRollcallPanel(async () => listOpenServers(await app.connection()));
    }
  }
}
