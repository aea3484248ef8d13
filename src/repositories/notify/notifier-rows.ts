import { type DeliveryRow, MESSAGE_STATES, type StoredNotifier } from '../../types/notify.ts';
import type { Row } from '../db/row.ts';
import { isAnything } from '../db/stored-shape.ts';

export const NOTIFIER_COLUMNS = [
  'id',
  'name',
  'settings',
  'seal',
  'createdAt',
  'pausedAt',
  'rev',
  'runsAt',
  'leaseHolder',
  'failures',
  'retryAt',
  'error',
] as const;

export function toNotifier(row: Row): StoredNotifier {
  return {
    id: row.text('id'),
    name: row.text('name'),
    settings: row.json('settings', isAnything),
    seal: row.text('seal'),
    createdAt: row.time('createdAt'),
    pausedAt: row.timeOrNull('pausedAt'),
    rev: row.number('rev'),
    runsAt: row.time('runsAt'),
    leaseHolder: row.textOrNull('leaseHolder'),
    failures: row.number('failures'),
    retryAt: row.timeOrNull('retryAt'),
    error: row.textOrNull('error'),
  };
}

export function toDelivery(row: Row): DeliveryRow {
  return {
    notifier: row.text('name'),
    id: row.text('id'),
    state: row.word('state', MESSAGE_STATES),
    title: row.text('title'),
    createdAt: row.time('createdAt'),
    notBefore: row.timeOrNull('notBefore'),
    attempts: row.number('attempts'),
    attemptedAt: row.timeOrNull('attemptedAt'),
    deliveredAt: row.timeOrNull('deliveredAt'),
    error: row.textOrNull('error'),
  };
}
