import type { ChangeRecord } from '../../../src/types/change-record.ts';
/** A word with a sign: colour never says anything alone. */
export type Tone = 'good' | 'warn' | 'bad' | 'muted' | 'info';

const SIGNS: Readonly<Record<Tone, string>> = { good: '●', warn: '▲', bad: '✖', muted: '○', info: '◆' };

export function Sign({ tone, children, title }: { tone: Tone; children: string; title?: string | undefined }) {
  return (
    <span className={`sign ${tone}`} title={title}>
      <span aria-hidden="true" className="mark">
        {SIGNS[tone]}
      </span>
      {children}
    </span>
  );
}

const STATUS_TONES: Readonly<Record<string, Tone>> = {
  running: 'good',
  stopped: 'muted',
  suspended: 'warn',
  unknown: 'warn',
};

export function HostStatus({ status }: { status: string }) {
  return <Sign tone={STATUS_TONES[status] ?? 'muted'}>{status}</Sign>;
}

const PROVIDER_TONES: Readonly<Record<string, Tone>> = {
  complete: 'good',
  partial: 'warn',
  guarded: 'warn',
  failed: 'bad',
  paused: 'bad',
  disabled: 'muted',
  never: 'muted',
};

const PROVIDER_WORDS: Readonly<Record<string, string>> = { never: 'never synced', guarded: 'removals held' };

export function ProviderStatusSign({ status, title }: { status: string; title?: string | undefined }) {
  return (
    <Sign tone={PROVIDER_TONES[status] ?? 'muted'} title={title}>
      {PROVIDER_WORDS[status] ?? status}
    </Sign>
  );
}

const CONFIDENCE: Readonly<Record<ChangeRecord['confidence'], { tone: Tone; word: string; title: string }>> = {
  exact: { tone: 'good', word: 'exact', title: "The platform's own record names this change" },
  likely: { tone: 'info', word: 'likely', title: 'The only explanation in the time in which it happened' },
  none: { tone: 'muted', word: 'unknown', title: 'Nothing tells who it was' },
};

export function ConfidenceSign({
  confidence,
  explainedAt = null,
}: Pick<ChangeRecord, 'confidence'> & Partial<Pick<ChangeRecord, 'explainedAt'>>) {
  const { tone, word, title } = CONFIDENCE[confidence];
  return (
    <Sign tone={tone} title={title}>
      {explainedAt === null ? word : `${word}, explained later`}
    </Sign>
  );
}
