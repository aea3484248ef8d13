import { Autocomplete } from '@base-ui/react/autocomplete';
import { useDeferredValue, useMemo, useState } from 'react';
import { useLive } from '../live/live-context.tsx';
import { safe } from '../parts/text.tsx';
import type { Compiled } from '../selectors/compile-selector.ts';
import { type Completion, completeSelector } from '../selectors/complete-selector.ts';

interface Props {
  value: string;
  onChange: (value: string) => void;
  compiled: Compiled;
}

/** A selector, as the commands take it: `tag=prod,memory>8G`. */
export function SelectorBox({ value, onChange, compiled }: Props) {
  const { state } = useLive();
  const [isOpen, setOpen] = useState(false);
  const typed = useDeferredValue(value);
  const items = useMemo(() => completeSelector(typed, state), [typed, state]);
  const isWrong = compiled.kind === 'wrong';
  return (
    <div className="selector">
      <Autocomplete.Root
        items={items}
        mode="none"
        value={value}
        onValueChange={(next) => onChange(next)}
        itemToStringValue={(item: Completion) => item.value}
        openOnInputClick
        // An open list hides the rest of the page from screen readers.
        open={isOpen && items.length > 0}
        onOpenChange={setOpen}
      >
        <Autocomplete.Input
          className="input mono"
          aria-label="Selector"
          aria-invalid={isWrong}
          aria-describedby="selector-help"
          placeholder="tag=prod,memory>8G, a name, 100-199 …"
          data-search
          spellCheck={false}
          autoCapitalize="off"
        />
        <Autocomplete.Portal>
          <Autocomplete.Positioner className="positioner" sideOffset={4} align="start">
            <Autocomplete.Popup className="menu completions">
              <Autocomplete.List>
                {(item: Completion) => (
                  <Autocomplete.Item key={item.value} value={item} className="menu-item">
                    <span className="mono">{safe(item.label)}</span>
                    <span className="muted">{item.about}</span>
                  </Autocomplete.Item>
                )}
              </Autocomplete.List>
            </Autocomplete.Popup>
          </Autocomplete.Positioner>
        </Autocomplete.Portal>
      </Autocomplete.Root>
      <div id="selector-help" aria-live="polite">
        {isWrong && (
          <div className="selector-error">
            <pre>{compiled.lines.join('\n')}</pre>
            <p className="hint">{compiled.hint}</p>
          </div>
        )}
      </div>
    </div>
  );
}
