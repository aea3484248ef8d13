import { useState } from 'react';
import { Action } from '../parts/action.tsx';
import { FormField } from '../parts/form-field.tsx';
import { Modal } from '../parts/modal.tsx';
import { safe } from '../parts/text.tsx';

interface Props {
  title: string;
  subject: string;
  /** The word of the button. */
  action: string;
  help: string;
  onClose: () => void;
  onDecide: (reason: string) => void;
}

/** Asks why somebody decides so. */
export function ReasonDialog({ title, subject, action, help, onClose, onDecide }: Props) {
  const [reason, setReason] = useState('');
  return (
    <Modal title={title} description={safe(subject)} isOpen onClose={onClose}>
      <FormField label="Reason" value={reason} onChange={setReason} help={help} />
      <Action
        tone="primary"
        onClick={() => onDecide(reason.trim())}
        refusal={reason.trim() === '' ? 'Say why first' : null}
      >
        {action}
      </Action>
    </Modal>
  );
}
