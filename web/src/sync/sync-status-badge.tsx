import { useLive } from '../live/live-context.tsx';
import { Sign } from '../parts/sign.tsx';
import { connectionWord } from '../shell/connection-sign.tsx';

/** One line for another page: how fresh the inventory is, and whether something is wrong with a provider. */
export function SyncStatusBadge() {
  const live = useLive();
  const bad = live.state?.providers.filter(({ status }) => status === 'failed' || status === 'paused') ?? [];
  const { tone, word } = connectionWord(live);
  if (bad.length === 0) return <Sign tone={tone}>{word}</Sign>;
  return <Sign tone="bad">{`${bad.length} ${bad.length === 1 ? 'provider fails' : 'providers fail'}`}</Sign>;
}
