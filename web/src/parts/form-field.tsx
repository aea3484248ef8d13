import { type ChangeEvent, type ReactNode, useId } from 'react';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problem?: string | undefined;
  help?: ReactNode;
  placeholder?: string;
  /** So many lines; absent: one, in an input. */
  rows?: number;
  isMono?: boolean;
}

export function FormField({ label, value, onChange, problem, help, placeholder, rows, isMono = false }: Props) {
  const id = useId();
  const common = {
    id,
    className: isMono ? 'input mono' : 'input',
    value,
    placeholder,
    spellCheck: false,
    autoComplete: 'off',
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-help`,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(event.target.value),
  } as const;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? <input {...common} /> : <textarea {...common} rows={rows} />}
      <div id={`${id}-help`} className="hint">
        {problem === undefined ? help : <span className="problem">✖ {problem}</span>}
      </div>
    </div>
  );
}
