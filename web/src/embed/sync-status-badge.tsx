import type { ReactNode } from 'react';
import { useProviders, useSyncStatus } from '../../../src/client/react/use-inventory.ts';
import { connectionWord } from '../parts/connection-word.ts';
import { Sign } from '../parts/sign.tsx';

/** In a word how fresh the inventory is, and whether providers fail. */
export function SyncStatusBadge(): ReactNode {
  const { tone, word } = connectionWord(useSyncStatus());
  const failing = useProviders().filter((one) => one.status === 'failed' || one.status === 'paused').length;
  return (
    <span className="rollcall" role="status">
      {failing > 0 ? (
        <Sign tone="bad">{`${failing} ${failing === 1 ? 'provider fails' : 'providers fail'}`}</Sign>
      ) : (
        <Sign tone={tone}>{word}</Sign>
      )}
    </span>
  );
}
