import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { Action } from '../parts/action.tsx';
import { announce } from '../parts/announce.tsx';
import { FormField } from '../parts/form-field.tsx';
import { countText } from '../parts/format.ts';
import { Modal } from '../parts/modal.tsx';
import { Failure } from '../parts/notice.tsx';
import { safe } from '../parts/text.tsx';
import { removeProvider } from './calls.ts';

/** Asks for its name, because so much goes with it. */
export function RemoveDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { id, name, counts } = provider;
  const [typed, setTyped] = useState('');
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => removeProvider(id),
    onSuccess: () => {
      announce(`${name} is removed`);
      onClose();
    },
  });
  return (
    <Modal
      title={`Remove ${safe(name)}?`}
      description={`Its ${countText(counts.present + counts.unobservable, 'host')} leave the inventory. The history stays.`}
      isOpen
      onClose={onClose}
    >
      <FormField label={`Write ${safe(name)} to confirm`} value={typed} onChange={setTyped} />
      {error !== null && <Failure error={error} />}
      <div className="modal-actions">
        <Action onClick={onClose}>Keep it</Action>
        <Action
          tone="danger"
          onClick={() => mutate()}
          refusal={typed === name ? null : 'Write its name first'}
          isBusy={isPending}
        >
          Remove
        </Action>
      </div>
    </Modal>
  );
}
