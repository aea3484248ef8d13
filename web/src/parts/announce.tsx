import { useSyncExternalStore } from 'react';

let message = '';
const listeners = new Set<() => void>();

/** Says something to screen readers, and shows it for a while at the foot of the page. */
export function announce(text: string): void {
  message = text;
  for (const listener of listeners) listener();
  if (text !== '') setTimeout(() => message === text && announce(''), 6000);
}

export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => message,
  );
  return (
    <div className={text === '' ? 'toast hidden' : 'toast'} role="status" aria-live="polite">
      {text}
    </div>
  );
}
