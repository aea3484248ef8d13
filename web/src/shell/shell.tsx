import { Link, Navigate, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import icon from '../icon.svg';
import { useLive, useRefresh } from '../live/live-context.tsx';
import { Announcer } from '../parts/announce.tsx';
import { Failure } from '../parts/notice.tsx';
import { Ago } from '../parts/when.tsx';
import { ConnectionNews, ConnectionSign } from './connection-sign.tsx';
import { Navigation, usePlaces } from './navigation.tsx';
import { useSession } from './session.tsx';
import { useShortcuts } from './use-shortcuts.ts';

// Loaded after the first view is there: what opens when somebody asks for it.
const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }));
const StatusIndicator = lazy(async () => ({ default: (await import('./status-indicator.tsx')).StatusIndicator }));
const ShortcutHelp = lazy(async () => ({ default: (await import('./shortcut-help.tsx')).ShortcutHelp }));

export function Shell() {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const openHelp = useCallback(() => setHelpOpen(true), []);
  const main = useRef<HTMLElement>(null);
  useShortcuts(openHelp);
  const isCustomer = useSession().role === 'customer';
  useTitle();
  return (
    <div className="shell">
      {/* Not a link: with a base element, "#main" would be another page. */}
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className="top">
        <Link to="/" className="brand">
          <img src={icon} alt="" width={22} height={22} />
          Rollcall
        </Link>
        <div className="top-right">
          <Suspense fallback={isCustomer ? null : <ConnectionSign />}>
            {!isCustomer && <StatusIndicator />}
            <AccountMenu onHelp={openHelp} />
          </Suspense>
        </div>
      </header>
      <Navigation />
      <main ref={main} tabIndex={-1} className="main">
        <Banner />
        {isCustomer ? <CustomerOutlet /> : <Outlet />}
      </main>
      {!isCustomer && <ConnectionNews />}
      <Announcer />
      <Suspense>{isHelpOpen && <ShortcutHelp onClose={() => setHelpOpen(false)} />}</Suspense>
    </div>
  );
}

/** Views of the inventory are not for customers: their servers are shown in place of them. */
function CustomerOutlet() {
  const isTheirs = useRouterState({
    select: ({ location }) => /^\/(?:servers|account|login|invite)(?:\/|$)/.test(location.pathname),
  });
  return isTheirs ? <Outlet /> : <Navigate to="/servers" replace />;
}

/** What a reader must know of everything on the page. */
function Banner() {
  const { status, staleSince, error, state } = useLive();
  const refresh = useRefresh();
  const { session, needsLogin } = useSession();
  const isLogin = useRouterState({ select: ({ location }) => /^\/(?:login|invite)/.test(location.pathname) });
  if (isLogin) return null;
  if (needsLogin) {
    return (
      <p className="banner warn" role="status">
        ▲ Nobody is logged in. <Link to="/login">Log in</Link> to see the inventory.
      </p>
    );
  }
  // The server refuses: nothing is asked again by itself.
  if (status === 'error' && error !== null) return <Failure error={error} retry={() => void refresh()} />;
  if (state !== null && (status === 'stale' || status === 'disconnected')) {
    return (
      <p className="banner warn" role="status">
        ▲ {error?.message ?? 'The server does not answer'}: what you see was as the server has it{' '}
        <Ago at={staleSince} none="a moment ago" />. It is asked again by itself.
      </p>
    );
  }
  if (state === null && error !== null) {
    return (
      <p className="banner bad" role="alert">
        ✖ {error.message}. Check that <code>rollcall serve</code> is running; the page goes on by itself.
      </p>
    );
  }
  if (session?.principal?.via === 'local') {
    return (
      <p className="banner">
        ◆ No users yet: read-only for whoever reaches this address. <code>rollcall users add NAME --role admin</code>{' '}
        makes the first one.
      </p>
    );
  }
  return null;
}

function useTitle(): void {
  const places = usePlaces();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => {
    const place = places.find(({ to }) => (to === '/' ? path === '/' : path.startsWith(to)));
    document.title = place === undefined ? 'Rollcall' : `${place.title} · Rollcall`;
  }, [path, places]);
}
