import { getRouteApi } from '@tanstack/react-router';
import '../styles/providers.css';
import { useLive } from '../live/live-context.tsx';
import { Action } from '../parts/action.tsx';
import { Empty, Loading } from '../parts/notice.tsx';
import { setParts } from '../parts/set-parts.ts';
import type { ProvidersSearch } from '../search-types.ts';
import { useRefusal } from '../shell/session.tsx';
import { EditProvider } from './edit-provider.tsx';
import { NEW_FORM } from './form-state.ts';
import { ProviderCard } from './provider-card.tsx';
import { ProviderForm } from './provider-form.tsx';

const route = getRouteApi('/providers');

export function ProvidersView() {
  const { state } = useLive();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const refusal = useRefusal('admin');
  const whole = useRefusal('admin', 'everything');
  const change = (part: { [K in keyof ProvidersSearch]: string | undefined }) =>
    void navigate({ search: (before) => setParts(before, part), replace: true });
  if (state === null) return <Loading what="providers" />;
  const close = (saved?: string) => change({ form: undefined, provider: saved ?? search.provider });
  return (
    <div className="view">
      <div className="view-head">
        <h1>Providers</h1>
        <Action tone="primary" onClick={() => change({ form: 'new' })} refusal={whole}>
          Add a provider
        </Action>
      </div>
      {state.providers.length === 0 && (
        <Empty title="No provider yet">
          A provider is a Proxmox VE cluster, a single host, or a vCenter. Add one here, or with{' '}
          <code>rollcall providers add</code>.
        </Empty>
      )}
      {state.providers.map((provider) => (
        <ProviderCard
          key={provider.id}
          provider={provider}
          isOpen={search.provider === provider.id || state.providers.length === 1}
          onEdit={() => change({ form: 'edit', provider: provider.id })}
        />
      ))}
      {search.form === 'new' && whole === null && (
        <ProviderForm id={null} initial={NEW_FORM} kept={undefined} onClose={close} />
      )}
      {search.form === 'edit' && search.provider !== undefined && refusal === null && (
        <EditProvider id={search.provider} onClose={close} />
      )}
    </div>
  );
}
