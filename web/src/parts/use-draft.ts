import { useEffect, useEffectEvent, useState } from 'react';

/**
 * A value of the address while it is edited: shown at once, told when it rests, and not told again while the address is on its way to
 * it. The address then says it later, when it may have been edited further; only what comes from elsewhere, such as the back button,
 * takes the place of what is edited.
 */
export function useDraft<Value extends string | undefined>(
  given: Value,
  onRest: (value: Value) => void,
  restMs: number,
): [Value, (value: Value) => void] {
  const [draft, setDraft] = useState(given);
  const [known, setKnown] = useState(given);
  /** The address has not said these yet. */
  const [told, setTold] = useState<readonly Value[]>([]);
  if (known !== given) {
    setKnown(given);
    if (told.includes(given)) {
      setTold(told.slice(told.indexOf(given) + 1));
    } else {
      setTold([]);
      setDraft(given);
    }
  }
  const isTold = told.length > 0 && told.at(-1) === draft;
  const tell = useEffectEvent((value: Value) => {
    setTold([...told, value]);
    onRest(value);
  });
  useEffect(() => {
    if (draft === given || isTold) return;
    const timer = setTimeout(() => tell(draft), restMs);
    return () => clearTimeout(timer);
  }, [draft, given, isTold, restMs]);
  return [draft, setDraft];
}
