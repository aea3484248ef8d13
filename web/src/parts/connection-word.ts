import type { SyncInfo } from '../../../src/client/feed-store.ts';
import type { Tone } from './sign.tsx';

export function connectionWord({ status, transport }: Pick<SyncInfo, 'status' | 'transport'>): {
  tone: Tone;
  word: string;
} {
  switch (status) {
    case 'synced':
      return transport === 'polling' ? { tone: 'info', word: 'polling' } : { tone: 'good', word: 'live' };
    case 'syncing':
      return { tone: 'info', word: 'loading' };
    case 'stale':
      return { tone: 'warn', word: 'stale' };
    case 'error':
      return { tone: 'bad', word: 'error' };
    case 'disconnected':
      return { tone: 'bad', word: 'offline' };
  }
}
