import { useQuery } from '@tanstack/react-query';
import { Modal } from '../parts/modal.tsx';
import { Failure, Loading } from '../parts/notice.tsx';
import { findProvider } from './calls.ts';
import { formOf } from './form-state.ts';
import { ProviderForm } from './provider-form.tsx';

export function EditProvider({ id, onClose }: { id: string; onClose: (saved?: string) => void }) {
  const { data, error } = useQuery({ queryKey: ['provider', id], queryFn: () => findProvider(id), gcTime: 0 });
  if (data !== undefined) {
    return <ProviderForm id={id} initial={formOf(data)} kept={data.tls} onClose={onClose} />;
  }
  return (
    <Modal title="Change a provider" isOpen onClose={() => onClose()}>
      {error === null ? <Loading what="its settings" /> : <Failure error={error} />}
    </Modal>
  );
}
