import type { PanelSettings, PanelSource } from '../../types/panel.ts';
import { toReading } from '../to-record.ts';
import { readPanelText } from './read-panel-text.ts';
import { toFileRows } from './to-file-rows.ts';

type FileSettings = Extract<PanelSettings, { type: 'file' }>;

export function openFilePanel({ path, format, fields }: FileSettings): PanelSource {
  return {
    read: async () => toReading(await toFileRows(readPanelText(path), { path, format, fields })),
    close: async () => undefined,
  };
}
