import { useId, useState } from 'react';
import { compileSelector } from '../selectors/compile-selector.ts';

/** A selector that counts when it is finished: Enter, or the next field. */
export function SelectorField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const id = useId();
  const [text, setText] = useState(value);
  const compiled = compileSelector(text, new Date());
  const take = () => compiled.kind !== 'wrong' && text !== value && onChange(text);
  return (
    <div className="field">
      <label htmlFor={id}>Of hosts (selector)</label>
      <input
        id={id}
        className="input mono"
        value={text}
        placeholder="all"
        data-search
        spellCheck={false}
        aria-invalid={compiled.kind === 'wrong'}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
      {compiled.kind === 'wrong' && <p className="hint">{compiled.lines[0]}</p>}
    </div>
  );
}
