import { Link } from '@tanstack/react-router';
import type { Session } from '../../../src/protocol/people.ts';
import { useProvidersById } from '../live/live-context.tsx';
import { Action } from '../parts/action.tsx';
import { Empty, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';
import { useLogOut, useSession } from '../shell/session.tsx';

const MAY = {
  customer: 'see the servers of one account, and compare them',
  viewer: 'see everything in the scope',
  operator: 'see, sync, test, accept removals, cancel operations',
  admin: 'all of that, and change providers and users',
} as const;

export function AccountView() {
  const { session } = useSession();
  if (session === undefined) return <Loading what="the account" />;
  const { principal } = session;
  return (
    <div className="view">
      <h1>Account</h1>
      {principal === null ? (
        <Empty title="Nobody is logged in">
          <Link to="/login">Log in</Link>
        </Empty>
      ) : (
        <Facts principal={principal} expiresAt={session.expiresAt} />
      )}
    </div>
  );
}

function Facts({ principal, expiresAt }: { principal: NonNullable<Session['principal']>; expiresAt: string | null }) {
  const logOut = useLogOut();
  const providers = useProvidersById();
  const { name, role, scope, via } = principal;
  return (
    <Panel title="You">
      <dl className="facts panel-body">
        <dt>Name</dt>
        <dd>
          <Text>{name}</Text>
        </dd>
        <dt>Role</dt>
        <dd>
          {role}: may {MAY[role]}
        </dd>
        <dt>Scope</dt>
        <dd>
          {scope === null ? 'everything' : <Text>{scopeText(scope, (id) => providers.get(id)?.name ?? id)}</Text>}
        </dd>
        <dt>Session</dt>
        <dd>{via === 'local' ? 'local, without a login' : <When at={expiresAt} none="until you log out" />}</dd>
      </dl>
      {via === 'session' && (
        <div className="panel-body">
          <Action onClick={() => void logOut()}>Log out</Action>
        </div>
      )}
    </Panel>
  );
}

type Scope = NonNullable<NonNullable<Session['principal']>['scope']>;

function scopeText({ providers, pools, tags }: Scope, nameOf: (providerId: string) => string): string {
  const parts = [
    ['providers', providers.map(nameOf)],
    ['pools', pools],
    ['tags', tags],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([title, names]) => `${title}: ${names.join(', ')}`)
    .join('; ');
}
