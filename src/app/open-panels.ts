import { PanelRepository } from '../repositories/reconcile/panel-repository.ts';
import type { App } from './app.ts';

/** The panels that are stored. */
export async function openPanels(app: App): Promise<PanelRepository> {
  return new PanelRepository(await app.connection());
}
