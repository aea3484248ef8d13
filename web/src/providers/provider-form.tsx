import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { TlsTrust } from '../../../src/types/provider.ts';
import { announce } from '../parts/announce.tsx';
import { FormField } from '../parts/form-field.tsx';
import { Modal } from '../parts/modal.tsx';
import { Failure } from '../parts/notice.tsx';
import { addProvider, changeProvider } from './calls.ts';
import { CertificateStep } from './certificate-step.tsx';
import { draftOf, type FormState, problemsOf } from './form-state.ts';
import { KINDS, type Kind, kindOf } from './kinds.ts';
import { LoginFields } from './login-fields.tsx';
import { ScheduleFields } from './schedule-fields.tsx';

interface Props {
  /** null: a new one. */
  id: string | null;
  initial: FormState;
  kept: TlsTrust | undefined;
  onClose: (saved?: string) => void;
}

/** Adds a provider, or changes one. It has no field for a secret, only for where the server finds it. */
export function ProviderForm({ id, initial, kept, onClose }: Props) {
  const [form, setForm] = useState(initial);
  const [isTried, setTried] = useState(false);
  const set = (part: Partial<FormState>) => setForm((before) => ({ ...before, ...part }));
  const found = problemsOf(form);
  const problems = isTried ? found : {};
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => (id === null ? addProvider(draftOf(form, kept)) : changeProvider(id, draftOf(form, kept))),
    onSuccess: (provider) => {
      announce(id === null ? `Provider ${provider.name} is stored` : 'The change is stored');
      onClose(provider.id);
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (Object.keys(found).length === 0) mutate();
  }
  const { address } = kindOf(form.type).manifest;
  return (
    <Modal title={id === null ? 'Add a provider' : `Change ${initial.name}`} isOpen onClose={() => onClose()}>
      <form onSubmit={submit} className="form">
        {id === null && (
          <KindField type={form.type} onChange={(type, login) => set({ type, login, id: usualId(type) })} />
        )}
        <FormField
          label="Name"
          value={form.name}
          onChange={(name) => set({ name })}
          problem={problems.name}
          placeholder="prod"
        />
        <FormField
          label={address.isMany ? 'Addresses, one in a line' : 'Address'}
          value={form.endpoints}
          onChange={(endpoints) => set({ endpoints })}
          problem={problems.endpoints}
          placeholder={address.example}
          help={addressHelp(address)}
          {...(address.isMany && { rows: 2 })}
          isMono
        />
        <CertificateStep form={form} onChange={set} problem={problems.fingerprint} isKept={kept !== undefined} />
        <LoginFields form={form} onChange={set} problems={problems} />
        <ScheduleFields form={form} onChange={set} problems={problems} />
        {error !== null && <Failure error={error} />}
        <div className="modal-actions">
          <button type="button" className="button" onClick={() => onClose()}>
            Cancel
          </button>
          <button type="submit" className="button primary" aria-disabled={isPending}>
            {id === null ? 'Add' : 'Save'}
          </button>
        </div>
      </form>
    </Modal>
  );
}

/** Who logs in where nobody says. */
function usualId(type: string): string {
  return kindOf(type).manifest.logins[0]?.id.usual ?? '';
}

function addressHelp({ isMany, parse }: Kind['manifest']['address']): string | undefined {
  if (!isMany) return undefined;
  return parse === undefined ? 'Nodes of one cluster; they are tried in turn' : 'All of them are read';
}

function KindField({ type, onChange }: { type: string; onChange: (type: string, login: FormState['login']) => void }) {
  return (
    <label className="field">
      <span>Kind</span>
      <select
        className="input"
        value={type}
        onChange={({ target }) => onChange(target.value, kindOf(target.value).manifest.logins[0]?.kind ?? 'password')}
      >
        {KINDS.map(({ manifest, title }) => (
          <option key={manifest.kind} value={manifest.kind}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
