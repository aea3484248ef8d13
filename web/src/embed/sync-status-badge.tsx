import type { ReactNode } from 'react';
import { useProviders, useSyncStatus } from '../../../src/client/react/use-inventory.ts';
import { Sign, type Tone } from '../parts/sign.tsx';

const WORDS: Readonly<Record<string, readonly [Tone, string]>> = {
  synced: ['good', 'live'],
  syncing: ['info', 'loading'],
  stale: ['warn', 'stale'],
  error: ['bad', 'error'],
  disconnected: ['bad', 'offline'],
};

/** In a word how fresh the inventory is, and whether providers fail. */
export function SyncStatusBadge(): ReactNode {
  const { status, transport } = useSyncStatus();
  const failing = useProviders().filter((one) => one.status === 'failed' || one.status === 'paused').length;
  const [tone, word] = WORDS[status] ?? ['muted', status];
  const isPolling = status === 'synced' && transport === 'polling';
  return (
    <span className="rollcall" role="status">
      {failing > 0 ? (
        <Sign tone="bad">{`${failing} ${failing === 1 ? 'provider fails' : 'providers fail'}`}</Sign>
      ) : (
        <Sign tone={isPolling ? 'info' : tone}>{isPolling ? 'polling' : word}</Sign>
      )}
    </span>
  );
}
