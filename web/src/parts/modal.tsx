import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  description?: string | undefined;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Modal({ title, description, isOpen, onClose, children }: Props) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="modal">
          <header className="modal-head">
            <Dialog.Title className="modal-title">{title}</Dialog.Title>
            <Dialog.Close className="button quiet" aria-label="Close">
              ✕
            </Dialog.Close>
          </header>
          {description !== undefined && <Dialog.Description className="modal-text">{description}</Dialog.Description>}
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
