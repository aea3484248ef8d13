import { useId, useState } from 'react';
import { formatLocal } from '../../../src/cli/output/format.ts';
import { parseTime } from '../../../src/text/time.ts';
import { messageOf } from './format.ts';

interface Props {
  label: string;
  /** ISO 8601; undefined: none. */
  value: string | undefined;
  onChange: (iso: string | undefined) => void;
}

/** A time as the commands take it: `3 days ago`, `monday 14:30`, `2026-11-01`. */
export function TimeInput({ label, value, onChange }: Props) {
  const id = useId();
  const shown = value === undefined ? '' : formatLocal(new Date(value));
  const [text, setText] = useState(shown);
  const [known, setKnown] = useState(shown);
  const [problem, setProblem] = useState<string | null>(null);
  if (known !== shown) {
    setKnown(shown);
    setText(shown);
    setProblem(null);
  }
  function take(): void {
    if (text === shown) return;
    try {
      onChange(text.trim() === '' ? undefined : parseTime(text, new Date()).toISOString());
      setProblem(null);
    } catch (error) {
      setProblem(messageOf(error));
    }
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        value={text}
        placeholder="now, 3 days ago, monday 14:30 …"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
      {problem !== null && (
        <p id={`${id}-problem`} className="hint" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
