import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import { indexedDbCache } from '../../../src/client/indexed-db-cache.ts';
import type { Session } from '../../../src/protocol/people.ts';
import { get, keepCsrfToken, write } from '../api/request.ts';
import { announce } from '../parts/announce.tsx';
import { messageOf } from '../parts/format.ts';

export type Role = 'customer' | 'viewer' | 'operator' | 'admin';

interface SessionState {
  /** undefined: not known yet, or the server does not answer. */
  session: Session | undefined;
  role: Role;
  /** Whose state may be shown; null: nobody's. */
  reader: string | null;
  /** The server answers nobody without a login. */
  needsLogin: boolean;
}

const UNKNOWN: SessionState = { session: undefined, role: 'viewer', reader: null, needsLogin: false };
const SessionContext = createContext(UNKNOWN);
export const SESSION_KEY = ['session'];
/** Remembers who read here last, so that their last state is shown while the server is away. */
const READER = 'rollcall-reader';

export function SessionProvider({ children }: { children: ReactNode }) {
  const { data, isError } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: fetchSession,
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  });
  return <SessionContext value={stateOf(data, isError)}>{children}</SessionContext>;
}

async function fetchSession(): Promise<Session> {
  const session = await get<Session>('/session');
  take(session);
  return session;
}

function take(session: Session): void {
  keepCsrfToken(session.csrf);
  rememberReader(readerOf(session));
}

/** A customer sees nothing that the feed tells. */
function readerOf({ principal }: Session): string | null {
  return principal === null || principal.role === 'customer' ? null : principal.name;
}

function stateOf(session: Session | undefined, isAway: boolean): SessionState {
  if (session === undefined) return { ...UNKNOWN, reader: isAway ? rememberedReader() : null };
  const { principal } = session;
  return {
    session,
    role: principal?.role ?? 'viewer',
    reader: readerOf(session),
    needsLogin: principal === null,
  };
}

export function useSession(): SessionState {
  return useContext(SessionContext);
}

const RANK = { customer: 0, viewer: 1, operator: 2, admin: 3 } as const;

/** null when it may be done, else why not. `sees`: what somebody has to see of the inventory for it. */
export function useRefusal(
  needed: 'operator' | 'admin',
  sees: 'guests' | 'a provider' | 'everything' = 'a provider',
): string | null {
  const { session, role } = useSession();
  const principal = session?.principal ?? null;
  if (RANK[role] < RANK[needed]) {
    if (principal?.via === 'local') return 'Read-only without users: make one with `rollcall users add`';
    return `Your role is ${role}; this needs ${needed}`;
  }
  const scope = principal?.scope ?? null;
  if (scope === null || sees === 'guests') return null;
  if (sees === 'everything') return 'You see a part of the inventory; this needs somebody who sees everything';
  if (scope.pools.length + scope.tags.length === 0) return null;
  return 'You see some guests only; this needs somebody who sees the whole provider';
}

/** The session of an answer that made one. */
export function useTakeSession(): (session: Session) => void {
  const queries = useQueryClient();
  return (session) => {
    take(session);
    queries.setQueryData(SESSION_KEY, session);
  };
}

export function useLogOut(): () => Promise<void> {
  return async () => {
    try {
      await write<unknown>('DELETE', '/session');
    } catch (error) {
      announce(`You are still logged in: ${messageOf(error)}`);
      return;
    }
    rememberReader(null);
    // A browser that denies its database keeps nothing in it.
    await indexedDbCache()
      .clear()
      .catch(() => undefined);
    // A fresh page: nothing of what was seen stays in memory.
    location.assign(new URL('login', document.baseURI));
  };
}

function rememberReader(name: string | null): void {
  try {
    if (name === null) localStorage.removeItem(READER);
    else localStorage.setItem(READER, name);
  } catch {
    // Without storage there is nothing to show offline.
  }
}

function rememberedReader(): string | null {
  try {
    return localStorage.getItem(READER);
  } catch {
    return null;
  }
}
