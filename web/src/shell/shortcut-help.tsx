import { Modal } from '../parts/modal.tsx';
import { usePlaces } from './navigation.tsx';

const OTHERS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'go to the search or selector of the view'],
  ['↑ ↓', 'move between the rows of a table'],
  ['Enter', 'open the row'],
  ['Esc', 'close a dialog or a list'],
  ['?', 'show this help'],
];

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const places = usePlaces();
  const rows = [...places.map(({ key, title }) => [`g ${key}`, `go to ${title}`] as const), ...OTHERS];
  return (
    <Modal title="Keyboard shortcuts" isOpen onClose={onClose}>
      <dl className="keys">
        {rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
