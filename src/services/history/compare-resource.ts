import type { AuditedResource } from '../../repositories/maintenance/audited-resources.ts';
import type { Document } from '../../types/document.ts';
import type { Problem } from '../../types/history-query.ts';
import { describeDifference } from './replayed-document.ts';

/** What the history says of one resource at the revision that was reached. */
export interface Replayed {
  resourceType: string;
  /** Who made the revision that created it. */
  providerId: string | null;
  /** null: not there. `thinned`: changes were thinned, and no snapshot followed yet. */
  document: Document | 'thinned' | null;
  /** The document before its removal. */
  last: Document;
}

/** Compares what is stored of a resource with what the whole history says of it. */
export function compareResource(
  replayed: Replayed | undefined,
  { resourceType, where, state }: AuditedResource,
): Problem[] {
  if (state.value === null) return [{ where, message: state.damage }];
  if (replayed?.resourceType !== resourceType) return [{ where, message: 'no change tells that it was created' }];
  const { document, providerId, isGone, goneAt, wrongColumns } = state.value;
  const messages = wrongColumns.map((column) => `its column ${column} is not what its document says`);
  if (providerId !== replayed.providerId) messages.push('it has another provider than the run that created it');
  const not = isGone ? '' : 'not ';
  if (isGone !== (goneAt !== null)) messages.push(`it is ${not}gone, and its time of removal says otherwise`);
  if (isGone !== (replayed.document === null)) messages.push(`it is ${not}gone, and the changes say otherwise`);
  if (replayed.document === 'thinned') messages.push('its changes were thinned and no snapshot follows them');
  else {
    const wrong = describeDifference(replayed.document ?? replayed.last, document);
    if (wrong !== null) messages.push(`its document is not what the changes make: ${wrong}`);
  }
  return messages.map((message) => ({ where, message }));
}
