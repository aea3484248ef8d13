import { AppError, type ErrorCode } from '../../types/errors.ts';
import { MAX_SKEW_MS, skewText } from '../../types/server-clock.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import { EVENT_TYPES } from './records/event-verbs.ts';
import { readRootAccess } from './root-access.ts';
import { readEvents } from './soap/read-events.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';

const REJECTED: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'malformed']);
/** Enough to know whether events may be read. */
const RECENT_MS = 60_000;

export interface CheckOptions {
  /** Who logs in: `reader@vsphere.local`. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  client: VsphereClient,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const content = await attempt(client.content(signal));
  if (content instanceof AppError) {
    yield failed('connection', content);
    return;
  }
  const { fullName, product } = content.about;
  yield passed('version', `${fullName ?? product} answers at ${client.endpoint}`);
  const access = await attempt(readRootAccess(client, signal));
  if (access instanceof AppError && REJECTED.has(access.code)) {
    yield failed('authentication', access);
    return;
  }
  yield passed('authentication', `the server accepts the password of ${account}`);
  yield describeAccess(access, account);
  yield await checkEvents(client, account, signal);
  yield describeClock(client.clockSkewMs());
}

function passed(step: string, message: string): ConnectionCheck {
  return { step, ok: true, message };
}

function failed(step: string, { message, hint }: AppError): ConnectionCheck {
  return { step, ok: false, message, ...(hint !== undefined && { hint }) };
}

function describeAccess(access: 'read' | 'none' | AppError, account: string): ConnectionCheck {
  if (access === 'read') return passed('permissions', 'System.Read on the root folder (the inventory)');
  if (access instanceof AppError && access.code !== 'forbidden') return failed('permissions', access);
  return {
    step: 'permissions',
    ok: false,
    message: 'missing: System.Read on the root folder, so that parts of the inventory may not be listed',
    hint: `in the vSphere Client, give ${account} the role Read-only on the vCenter, with "Propagate to children"`,
  };
}

async function checkEvents(
  client: VsphereClient,
  account: string,
  signal: AbortSignal | undefined,
): Promise<ConnectionCheck> {
  const since = new Date(Date.now() + (client.clockSkewMs() ?? 0) - RECENT_MS);
  const reading = await attempt(readEvents(client, { since, types: EVENT_TYPES, signal }));
  if (!(reading instanceof AppError)) return passed('attribution', 'events can be read (who made a change)');
  if (reading.code !== 'forbidden') return failed('attribution', reading);
  return {
    step: 'attribution',
    ok: false,
    message: 'missing: events cannot be read, so nobody is named for a change',
    hint: `give ${account} the role Read-only on the vCenter itself, not on folders below it`,
  };
}

function describeClock(skewMs: number | null): ConnectionCheck {
  if (skewMs === null)
    return { step: 'clock', ok: true, isWarning: true, message: 'the server does not tell its time' };
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return passed('clock', "the server's clock agrees with this one");
  return {
    step: 'clock',
    ok: true,
    isWarning: true,
    message: skewText(skewMs),
    hint: 'let NTP set both clocks',
  };
}
