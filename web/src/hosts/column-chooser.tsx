import { Popover } from '@base-ui/react/popover';
import { HOST_COLUMNS } from './columns.tsx';

interface Props {
  chosen: readonly string[];
  /** What there is without a choice. */
  usual: readonly string[];
  onChange: (ids: string[]) => void;
}

export function ColumnChooser({ chosen, usual, onChange }: Props) {
  const toggle = (id: string) => {
    const wanted = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    onChange(HOST_COLUMNS.map((column) => column.id).filter((one) => wanted.includes(one)));
  };
  return (
    <Popover.Root>
      <Popover.Trigger className="button">Columns</Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={6} align="end">
          <Popover.Popup className="popup">
            <Popover.Title className="popup-title">Columns</Popover.Title>
            <div className="column-list">
              {HOST_COLUMNS.map(({ id, title }) => (
                <label key={id} className="check">
                  <input
                    type="checkbox"
                    checked={chosen.includes(id)}
                    disabled={id === 'name'}
                    onChange={() => toggle(id)}
                  />
                  {title}
                </label>
              ))}
            </div>
            <button type="button" className="button" onClick={() => onChange([...usual])}>
              Reset
            </button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
