import { type Live, useLive } from '../live/live-context.tsx';
import { Sign, type Tone } from '../parts/sign.tsx';

export function ConnectionSign() {
  const { tone, word } = connectionWord(useLive());
  return <Sign tone={tone}>{word}</Sign>;
}

/** Tells screen readers when the connection is lost or back. */
export function ConnectionNews() {
  const { word } = connectionWord(useLive());
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      Connection: {word}
    </p>
  );
}

export function connectionWord({ status, transport }: Live): { tone: Tone; word: string } {
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
