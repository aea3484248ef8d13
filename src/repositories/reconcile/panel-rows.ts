import type { StoredPanel } from '../../types/panel.ts';
import type { Row } from '../db/row.ts';
import { isAnything } from '../db/stored-shape.ts';

export const PANEL_COLUMNS = [
  'id',
  'name',
  'type',
  'settings',
  'seal',
  'createdAt',
  'lastReadAt',
  'lastCompleteAt',
  'lastCount',
  'lastIssue',
] as const;

export function toPanel(row: Row): StoredPanel {
  return {
    id: row.text('id'),
    name: row.text('name'),
    type: row.text('type'),
    settings: row.json('settings', isAnything),
    seal: row.text('seal'),
    createdAt: row.time('createdAt'),
    lastReadAt: row.timeOrNull('lastReadAt'),
    lastCompleteAt: row.timeOrNull('lastCompleteAt'),
    lastCount: row.numberOrNull('lastCount'),
    lastIssue: row.textOrNull('lastIssue'),
  };
}
