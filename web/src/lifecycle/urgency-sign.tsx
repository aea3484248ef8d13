import type { LifecycleWarning } from '../../../src/protocol/feed.ts';
import { Sign, type Tone } from '../parts/sign.tsx';

const URGENCIES: Readonly<Record<LifecycleWarning['urgency'], { tone: Tone; word: string }>> = {
  ended: { tone: 'bad', word: 'ended' },
  soon: { tone: 'warn', word: 'soon' },
  later: { tone: 'info', word: 'later' },
};

export function UrgencySign({ urgency }: Pick<LifecycleWarning, 'urgency'>) {
  const { tone, word } = URGENCIES[urgency];
  return <Sign tone={tone}>{word}</Sign>;
}
