import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { readPrivateFile, writePrivateFile } from '../../files/private-file.ts';
import { AppError } from '../../types/errors.ts';
import type { InventoryKey } from '../../types/inventory-key.ts';
import { configFolder } from './config-folder.ts';
import type { Environment } from './environment.ts';

const HEX_64 = z.string().regex(/^[0-9a-f]{64}$/);
const STORED_KEY = z.object({
  epoch: z.string(),
  maskKeyId: z.string().regex(/^(?:[0-9a-f]{4})?$/),
  maskSecret: HEX_64,
  sealSecret: HEX_64,
});
const USED_SETTINGS = z.record(z.string(), z.number().int());
const PRIVATE = { what: 'inventory key', elsewhere: 'set XDG_CONFIG_HOME to a directory that this user can write to' };
const ID = /^[0-9a-f]{16}$/;

/** The keys of the inventories that this user collects for: one file each, with mode 600. */
export class InventoryKeys {
  readonly folder: string;

  constructor(env: Environment) {
    this.folder = path.join(configFolder(env), 'keys');
  }

  fileOf(id: string): string {
    return path.join(this.folder, `${id}.json`);
  }

  /** null: this machine does not have it. Throws AppError('configuration') for a file that others can read, or that is no key. */
  find(id: string): InventoryKey | null {
    const file = this.fileOf(id);
    return ID.test(id) && existsSync(file) ? readKey(file).key : null;
  }

  /** The key that was made here for the inventory with this epoch, whatever its database says now. */
  findByEpoch(epoch: string): InventoryKey | null {
    const names = existsSync(this.folder) ? readdirSync(this.folder) : [];
    const ids = names.map((name) => path.basename(name, '.json')).filter((id) => ID.test(id));
    const stored = ids.map((id) => readKey(this.fileOf(id))).find((one) => one.epoch === epoch);
    return stored?.key ?? null;
  }

  /** Throws AppError('configuration') where the folder cannot be written to. */
  keep({ mask, sealSecret, id }: InventoryKey, epoch: string): void {
    const stored = { epoch, maskKeyId: mask.id, maskSecret: mask.secret, sealSecret };
    writePrivateFile(this.fileOf(id), JSON.stringify(stored), PRIVATE);
  }

  /** Of a key that no database took, or that another one has replaced. */
  discard({ id }: InventoryKey): void {
    for (const file of [this.fileOf(id), this.#usedFile(id)]) rmSync(file, { force: true });
  }

  /** The newest revision whose settings of a provider were used on this machine; 0: none. */
  usedSettings({ id }: InventoryKey, providerId: string): number {
    return this.#used(id)[providerId] ?? 0;
  }

  /** So that older settings, sealed as they are, cannot be put back in the database unseen. */
  rememberSettings({ id }: InventoryKey, providerId: string, rev: number): void {
    writePrivateFile(this.#usedFile(id), JSON.stringify({ ...this.#used(id), [providerId]: rev }), PRIVATE);
  }

  #usedFile(id: string): string {
    return path.join(this.folder, `${id}.settings.json`);
  }

  #used(id: string): Record<string, number> {
    const file = this.#usedFile(id);
    const parsed = USED_SETTINGS.safeParse(existsSync(file) ? parseJson(readPrivateFile(file, PRIVATE)) : {});
    return parsed.success ? parsed.data : {};
  }
}

/** `maskSecret`: of a database of version 0.1, whose marks stay comparable. */
export function newInventoryKey(maskSecret?: string): InventoryKey {
  const sealSecret = randomBytes(32).toString('hex');
  const mask =
    maskSecret === undefined
      ? { id: randomBytes(2).toString('hex'), secret: randomBytes(32).toString('hex') }
      : { id: '', secret: maskSecret };
  return { id: keyId(sealSecret), mask, sealSecret };
}

function keyId(sealSecret: string): string {
  return createHash('sha256').update(`rollcall key ${sealSecret}`).digest('hex').slice(0, 16);
}

function readKey(file: string): { epoch: string; key: InventoryKey } {
  const parsed = STORED_KEY.safeParse(parseJson(readPrivateFile(file, PRIVATE)));
  if (!parsed.success || keyId(parsed.data.sealSecret) !== path.basename(file, '.json')) {
    throw new AppError('configuration', `${file} is not the inventory key that its name says`, {
      hint: 'copy it again from a machine that collects for the same inventory',
    });
  }
  const { epoch, maskKeyId, maskSecret, sealSecret } = parsed.data;
  return { epoch, key: { id: keyId(sealSecret), mask: { id: maskKeyId, secret: maskSecret }, sealSecret } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
