import type { Document } from '../../types/document.ts';
import { effectivePath, isPendingPath, PENDING_DELETE } from '../../types/pending-path.ts';
import { formatArrow } from '../output/format-value.ts';

/** What will change at the next restart: `memory` with `96 → 200`, `net1` with `removed`. */
export function pendingLines(document: Document): { section: 'pending'; key: string; value: string }[] {
  return Object.entries(document)
    .filter(([path]) => isPendingPath(path))
    .map(([path, value]) => {
      const key = effectivePath(path);
      const isRemoval = path.startsWith(PENDING_DELETE);
      // Of a device that goes there is no value of its own, only its parts.
      if (isRemoval && document[key] === undefined) return { section: 'pending' as const, key, value: 'removed' };
      const change = formatArrow(key, document[key] ?? null, isRemoval ? null : value);
      return { section: 'pending' as const, key, value: change };
    })
    .toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
}
