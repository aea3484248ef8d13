import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { BASE_PATH } from './api/base.ts';
import { OverviewView } from './overview/overview-view.tsx';
import type { HostSearch, HostsSearch, LoginSearch, ProvidersSearch, SyncSearch, TimeSearch } from './search-types.ts';
import { NotFound, RouteFailure } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

type Search = Record<string, unknown>;

function text(search: Search, name: string): string | undefined {
  const value = search[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Only the parts that are set, so that an address is as short as it can be. */
function searchOf<N extends string>(search: Search, names: readonly N[]): { [K in N]?: string } {
  const found: { [K in N]?: string } = {};
  for (const name of names) {
    const value = text(search, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: RouteFailure });

const overview = createRoute({ getParentRoute: () => root, path: '/', component: OverviewView });

const hosts = createRoute({
  getParentRoute: () => root,
  path: '/hosts',
  validateSearch: (search: Search): HostsSearch => searchOf(search, ['q', 'cols', 'sort', 'at']),
  component: lazyRouteComponent(() => import('./hosts/hosts-view.tsx'), 'HostsView'),
});

const host = createRoute({
  getParentRoute: () => root,
  path: '/hosts/$id',
  validateSearch: (search: Search): HostSearch => searchOf(search, ['tab', 'at', 'from', 'to']),
  component: lazyRouteComponent(() => import('./host/host-view.tsx'), 'HostView'),
});

const time = createRoute({
  getParentRoute: () => root,
  path: '/time',
  validateSearch: (search: Search): TimeSearch => searchOf(search, ['at', 'since', 'until', 'q', 'by']),
  component: lazyRouteComponent(() => import('./time/time-view.tsx'), 'TimeView'),
});

const sync = createRoute({
  getParentRoute: () => root,
  path: '/sync',
  validateSearch: (search: Search): SyncSearch => searchOf(search, ['operation']),
  component: lazyRouteComponent(() => import('./sync/sync-view.tsx'), 'SyncView'),
});

const providers = createRoute({
  getParentRoute: () => root,
  path: '/providers',
  validateSearch: (search: Search): ProvidersSearch => searchOf(search, ['provider', 'form']),
  component: lazyRouteComponent(() => import('./providers/providers-view.tsx'), 'ProvidersView'),
});

const imports = createRoute({
  getParentRoute: () => root,
  path: '/import',
  component: lazyRouteComponent(() => import('./imports/imports-view.tsx'), 'ImportsView'),
});

const lifecycle = createRoute({
  getParentRoute: () => root,
  path: '/lifecycle',
  component: lazyRouteComponent(() => import('./lifecycle/lifecycle-view.tsx'), 'LifecycleView'),
});

const crossCheck = createRoute({
  getParentRoute: () => root,
  path: '/cross-check',
  component: lazyRouteComponent(() => import('./reconcile/cross-check-view.tsx'), 'CrossCheckView'),
});

const myServers = createRoute({
  getParentRoute: () => root,
  path: '/servers',
  component: lazyRouteComponent(() => import('./reconcile/my-servers-view.tsx'), 'MyServersView'),
});

const apiDocs = createRoute({
  getParentRoute: () => root,
  path: '/api',
  component: lazyRouteComponent(() => import('./api-docs/api-view.tsx'), 'ApiView'),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Search): LoginSearch => searchOf(search, ['next', 'error']),
  component: lazyRouteComponent(() => import('./login/login-view.tsx'), 'LoginView'),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite/$secret',
  component: lazyRouteComponent(() => import('./login/invite-view.tsx'), 'InviteView'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('./login/account-view.tsx'), 'AccountView'),
});

const routeTree = root.addChildren([
  overview,
  hosts,
  host,
  time,
  sync,
  providers,
  imports,
  lifecycle,
  crossCheck,
  myServers,
  apiDocs,
  login,
  invite,
  account,
]);

/** Every parameter is a text: an address reads as it was typed. */
export const router = createRouter({
  routeTree,
  basepath: BASE_PATH,
  defaultPreload: 'intent',
  scrollRestoration: true,
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const texts = Object.entries(search).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
    return texts.length === 0 ? '' : `?${new URLSearchParams(texts)}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
