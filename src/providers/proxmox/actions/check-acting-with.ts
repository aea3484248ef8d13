import type { ActingCheck, ConnectionSettings, ProviderIo } from '../../manifest.ts';
import type { ConnectionCheck } from '../../provider.ts';
import { openReading } from '../open-clients.ts';
import { checkActing } from './check-acting.ts';

/** Over connections of its own, which it closes. */
export async function* checkActingWith(
  settings: ConnectionSettings,
  { allow, actionCredential }: ActingCheck,
  io: ProviderIo,
): AsyncIterable<ConnectionCheck> {
  const acting = openReading({ ...settings, credential: actionCredential ?? settings.credential }, io);
  const reading = actionCredential === null ? null : openReading(settings, io);
  try {
    yield* checkActing({ allow, acting, reading, signal: io.signal });
  } finally {
    acting.close();
    reading?.close();
  }
}
