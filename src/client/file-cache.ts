import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJson } from './server-message.ts';
import type { StateCache } from './state-cache.ts';

/**
 * In a file that only its owner can read. It is replaced as a whole, and bears a digest of its content, so that a damaged one is
 * seen. It holds one state, of the client that saved last.
 */
export function fileCache(file: string): StateCache {
  return {
    load: async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      const end = text.indexOf('\n');
      const content = text.slice(end + 1);
      return text.slice(0, end) === digestOf(content) ? parseJson(content) : null;
    },
    save: async (entry) => {
      const content = JSON.stringify(entry);
      const draft = `${file}.${randomUUID()}`;
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      try {
        await writeFile(draft, `${digestOf(content)}\n${content}`, { mode: 0o600, flag: 'wx' });
        await rename(draft, file);
      } finally {
        await rm(draft, { force: true });
      }
    },
    clear: () => rm(file, { force: true }),
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
