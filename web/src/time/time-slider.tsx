import { formatLocal } from '../../../src/cli/output/format.ts';
import { useNow } from '../parts/clock.ts';
import { utcText } from '../parts/format.ts';
import { TimeInput } from '../parts/time-input.tsx';
import { useDraft } from '../parts/use-draft.ts';

interface Props {
  /** Milliseconds: where the history begins. */
  from: number;
  /** undefined: now. */
  at: string | undefined;
  onChange: (at: string | undefined) => void;
  marks: readonly string[];
}

const REST_MS = 250;
const STEPS = 2000;

export function TimeSlider({ from, at, onChange, marks }: Props) {
  const now = useNow();
  const [chosen, choose] = useDraft(at, onChange, REST_MS);
  const shown = chosen === undefined ? now : new Date(chosen).getTime();
  const span = Math.max(1, now - from);
  const move = (step: number) =>
    choose(step === STEPS ? undefined : new Date(from + (step / STEPS) * span).toISOString());
  const date = new Date(shown);
  const earlier = marks.findLast((mark) => new Date(mark).getTime() < shown - 1);
  const later = marks.find((mark) => new Date(mark).getTime() > shown + 1);
  return (
    <div className="slider">
      <div className="slider-track">
        <input
          type="range"
          min={0}
          max={STEPS}
          value={Math.round(((shown - from) / span) * STEPS)}
          aria-label="Time"
          aria-valuetext={chosen === undefined ? 'now' : formatLocal(date)}
          title={utcText(date)}
          onChange={(event) => move(Number(event.target.value))}
        />
        <div className="slider-marks" aria-hidden="true">
          {placesOf(marks, from, span).map((place) => (
            <span key={place} style={{ left: `${place}%` }} />
          ))}
        </div>
      </div>
      <div className="slider-row">
        <TimeInput label="As it was at" value={chosen} onChange={onChange} />
        <Step label="Before the change" target={earlier} onGo={onChange} />
        <Step label="After the next change" target={later} onGo={onChange} />
        <button type="button" className="button" onClick={() => onChange(undefined)}>
          Now
        </button>
      </div>
    </div>
  );
}

interface StepProps {
  label: string;
  target: string | undefined;
  onGo: (at: string) => void;
}

function Step({ label, target, onGo }: StepProps) {
  return (
    <button
      type="button"
      className="button"
      aria-disabled={target === undefined}
      onClick={() => target !== undefined && onGo(target)}
    >
      {label}
    </button>
  );
}

/** Percent of the track, each once. */
function placesOf(marks: readonly string[], from: number, span: number): number[] {
  const places = marks.map((mark) => Math.round(((new Date(mark).getTime() - from) / span) * 1000) / 10);
  return [...new Set(places)].filter((place) => place >= 0 && place <= 100);
}
