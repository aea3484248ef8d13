import { expect } from '@jest/globals';
import { type Row, textOf } from './recordings.ts';

type Field = readonly [path: string, value: unknown];

const UNTRACKED = new Set(['digest', 'lock', 'meta', 'vmgenid']);
const UNIT: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3 };
/** The names of what stands first in a value, without one of its own. */
const FIRST: Readonly<Record<string, string>> = { agent: 'enabled', cpu: 'cputype', vga: 'type' };

/** What the inventory is to have of a guest, from the recorded configuration and row; knows the recorded keys only. */
export function expectedDocument(config: Row, { node, status, pool, hastate }: Row): Record<string, unknown> {
  const fields = Object.entries(config).flatMap(([key, value]) => (UNTRACKED.has(key) ? [] : fieldsOf(key, value)));
  return {
    ...Object.fromEntries(fields),
    node,
    status,
    ...(pool !== undefined && { pool }),
    ...(hastate !== undefined && { 'ha.state': hastate }),
  };
}

function fieldsOf(key: string, value: unknown): Field[] {
  const text = textOf(value);
  if (key === 'template') return [[key, true]];
  if (key === 'tags') return [[key, text.split(';').sort()]];
  if (key === 'description') return [[key, text.replace(/\n$/, '')]];
  if (key === 'hostname') return [['name', value]];
  if (key === 'cipassword') return [[key, '«hidden»']];
  if (key === 'sshkeys') return [[key, expect.stringMatching(/^«hidden:[0-9a-f]{4}\.[0-9a-f]{8}»$/)]];
  if (key === 'boot') return text === ' ' ? [[key, '']] : [['boot.order', text.replace('order=', '')]];
  if (/^net\d/.test(key)) return networkFields(key, text);
  if (/^(?:scsi|ide|rootfs|mp)\d*$/.test(key)) return [[`${key}.file`, text.split(',')[0]], ...named(key, text)];
  if (/^(?:smbios1|startup|ipconfig\d)$/.test(key)) return named(key, text);
  const first = FIRST[key];
  if (first !== undefined) return [[`${key}.${first}`, numberOr(text.replace(`${first}=`, ''))]];
  return [[key, numberOr(text)]];
}

function networkFields(key: string, text: string): Field[] {
  const [, model, mac] = /^(virtio|e1000)=([0-9A-F:]{17}),/.exec(text) ?? [];
  if (model === undefined) return named(key, text.replace('hwaddr=', 'macaddr='));
  return [[`${key}.model`, model], [`${key}.macaddr`, mac], ...named(key, text.replace(/^[^,]+,/, ''))];
}

function named(key: string, text: string): Field[] {
  return [...text.matchAll(/(?:^|,)(\w+)=([^,]+)/g)].map(([, name, value = '']) => {
    const [, size, unit = ''] = /^(\d+)([MG])$/.exec(value) ?? [];
    return [`${key}.${name}`, name === 'size' ? Number(size) * (UNIT[unit] ?? NaN) : numberOr(value)];
  });
}

function numberOr(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}
