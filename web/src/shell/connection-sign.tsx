import { useLive } from '../live/live-context.tsx';
import { connectionWord } from '../parts/connection-word.ts';
import { Sign } from '../parts/sign.tsx';

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
