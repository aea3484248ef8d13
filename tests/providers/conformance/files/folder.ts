import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { AUDIT_VERBS } from '../../../../src/types/audit-record.ts';
import { AppError } from '../../../../src/types/errors.ts';

const INDEX = z.object({ system: z.string(), hosts: z.array(z.string()), ids: z.array(z.string()) });
export type FolderIndex = z.infer<typeof INDEX>;

const GUEST = z.object({
  /** Never used again, while ids are. */
  uuid: z.string(),
  name: z.string(),
  status: z.enum(['running', 'stopped']),
  host: z.string(),
  memoryMiB: z.number(),
});
export type FolderGuest = z.infer<typeof GUEST>;

const RECORD = z.object({
  number: z.number(),
  /** ISO 8601. */
  at: z.string(),
  actor: z.string(),
  verb: z.enum(AUDIT_VERBS),
  uuid: z.string(),
  sets: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type FolderRecord = z.infer<typeof RECORD>;

/** A folder with `index.json`, `guests/ID.json` and `records.jsonl`. Reads only. */
export class Folder {
  readonly url: string;
  readCount = 0;

  constructor(url: string) {
    this.url = url;
  }

  async index(): Promise<FolderIndex> {
    return parse(INDEX, await this.#read('index.json'), 'index.json');
  }

  /** Throws AppError('no-such-guest') for one that has no file. */
  async guest(id: string): Promise<FolderGuest> {
    const name = `guests/${encodeURIComponent(id)}.json`;
    return parse(GUEST, await this.#read(name, 'no-such-guest'), name);
  }

  async records(): Promise<FolderRecord[]> {
    const lines = (await this.#read('records.jsonl')).split('\n').filter((line) => line !== '');
    return lines.map((line) => parse(RECORD, line, 'records.jsonl'));
  }

  /** `missing`: the code for a file that is not there. */
  async #read(name: string, missing: 'server' | 'no-such-guest' = 'server'): Promise<string> {
    this.readCount += 1;
    try {
      return await readFile(fileURLToPath(`${this.url}/${name}`), 'utf8');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      throw new AppError(isMissing ? missing : 'server', `${this.url}/${name} cannot be read`, {
        hint: 'check the folder and its rights',
      });
    }
  }
}

/** Throws AppError('malformed'). */
function parse<T>(schema: z.ZodType<T>, text: string, name: string): T {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new AppError('malformed', `${name} is not what it should be`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
