import { useState } from 'react';
import type { Finding } from '../../../src/protocol/reconcile.ts';
import { Action } from '../parts/action.tsx';
import { FormField } from '../parts/form-field.tsx';
import { Modal } from '../parts/modal.tsx';
import { safe } from '../parts/text.tsx';

interface Props {
  finding: Finding;
  onClose: () => void;
  onAccept: (reason: string) => void;
}

/** Asks why a finding is accepted. */
export function AcceptDialog({ finding: { kind, subject }, onClose, onAccept }: Props) {
  const [reason, setReason] = useState('');
  return (
    <Modal title={`Accept ${kind}`} description={safe(subject)} isOpen onClose={onClose}>
      <FormField label="Reason" value={reason} onChange={setReason} help="It waits for nobody any more." />
      <Action
        tone="primary"
        onClick={() => onAccept(reason.trim())}
        refusal={reason.trim() === '' ? 'Say why first' : null}
      >
        Accept
      </Action>
    </Modal>
  );
}
