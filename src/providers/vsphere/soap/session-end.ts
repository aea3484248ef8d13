import { AppError } from '../../../types/errors.ts';
import type { ObjectContent } from './object-content.ts';
import { SoapFault } from './soap-fault.ts';

/** Objects that end with their session. */
const OF_SESSION = new Set(['ContainerView', 'PropertyCollector', 'PropertyFilter', 'EventHistoryCollector']);

/** A session that expired shows in its objects too, which are gone with it. */
export function endsSession(error: unknown): boolean {
  if (!(error instanceof SoapFault)) return false;
  if (error.fault === 'NotAuthenticated') return true;
  return error.fault === 'ManagedObjectNotFound' && OF_SESSION.has(error.object?.type ?? '');
}

/** Without a session a read of properties is not refused: each of them is missing with a fault. Throws SoapFault. */
export function expectSession({ missing }: Pick<ObjectContent, 'missing'>, endpoint: string): void {
  if (missing.some(({ fault }) => fault === 'NotAuthenticated')) throw sessionEnded(endpoint);
}

/** For a read of properties that finds out by its answer that the session ended. */
export function sessionEnded(endpoint: string): SoapFault {
  const label = { verb: 'POST', path: 'RetrievePropertiesEx', endpoint } as const;
  return new SoapFault('NotAuthenticated', 'The session is not authenticated', {
    object: null,
    privilege: null,
    label,
  });
}

/** Whether this is what a closed client or an aborted call throws. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof AppError && error.code === 'interrupted';
}
