import * as z from 'zod';
import type {
  PveNodeCertificate,
  PveNodeStatus,
  PveNodeStorage,
  PveStorageContent,
  PveStoragePool,
} from '../pve-types.ts';
import { flag, list, name, number, record, text, toNumber, toText, vmid } from './primitives.ts';
import { unreadable } from './rows.ts';

export const nodeStatus: z.ZodType<PveNodeStatus> = z
  .object({
    pveversion: text,
    kversion: text,
    uptime: number,
    cpu: number,
    cpuinfo: record,
    memory: record,
    rootfs: record,
  })
  .transform(({ cpuinfo, memory, rootfs, ...row }) => ({
    ...row,
    cpus: toNumber(cpuinfo?.['cpus']),
    cpuModel: toText(cpuinfo?.['model']),
    memoryTotal: toNumber(memory?.['total']),
    memoryUsed: toNumber(memory?.['used']),
    rootfsTotal: toNumber(rootfs?.['total']),
    rootfsUsed: toNumber(rootfs?.['used']),
  }));

export const bridge = z
  .object({ iface: name })
  .transform(({ iface }, context): { iface: string } =>
    iface === undefined ? unreadable(context, 'iface') : { iface },
  );

/** A fingerprint is what a certificate is known by. */
export const nodeCertificate = z
  .object({
    filename: name,
    fingerprint: name,
    subject: text,
    issuer: text,
    notbefore: number,
    notafter: number,
    pem: text,
  })
  .transform(({ filename, fingerprint, ...row }, context): PveNodeCertificate => {
    if (filename === undefined) return unreadable(context, 'filename');
    if (fingerprint === undefined) return unreadable(context, 'fingerprint');
    return { ...row, filename, fingerprint };
  });

export const storagePool = z
  .object({
    storage: name,
    type: text,
    content: list,
    shared: flag,
    disable: flag,
    nodes: list,
    path: text,
    server: text,
    export: text,
  })
  .transform(
    (row, context): PveStoragePool =>
      row.storage === undefined
        ? unreadable(context, 'storage')
        : { ...row, storage: row.storage, type: row.type ?? '' },
  );

export const nodeStorage = z
  .object({
    storage: name,
    type: text,
    content: list,
    shared: flag,
    enabled: flag,
    active: flag,
    total: number,
    used: number,
    avail: number,
  })
  .transform(
    (row, context): PveNodeStorage =>
      row.storage === undefined
        ? unreadable(context, 'storage')
        : { ...row, storage: row.storage, type: row.type ?? '' },
  );

export const storageContent = z
  .object({
    volid: name,
    content: text,
    format: text,
    size: number,
    'approximate-size': number,
    used: number,
    vmid,
    ctime: number,
    notes: text,
    protected: flag,
  })
  .transform(
    ({ 'approximate-size': approximateSize, ...row }, context): PveStorageContent =>
      row.volid === undefined
        ? unreadable(context, 'volid')
        : { ...row, volid: row.volid, content: row.content ?? '', size: row.size ?? approximateSize },
  );
