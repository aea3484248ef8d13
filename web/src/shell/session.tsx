import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { ApiError, get, keepCsrfToken, write } from '../api/request.ts';
import type { Session } from '../api/types.ts';

const NOBODY: Session = {
  name: null,
  displayName: null,
  role: 'viewer',
  csrfToken: null,
  isLocal: false,
  oidc: null,
};

interface SessionState {
  session: Session;
  isLoading: boolean;
  /** The server answers nobody without a login. */
  needsLogin: boolean;
}

const SessionContext = createContext<SessionState>({ session: NOBODY, isLoading: true, needsLogin: false });
export const SESSION_KEY = ['session'];

export function SessionProvider({ children }: { children: ReactNode }) {
  const { data, isLoading, error } = useQuery({ queryKey: SESSION_KEY, queryFn: () => get<Session>('/session') });
  const session = data ?? NOBODY;
  useEffect(() => keepCsrfToken(session.csrfToken), [session.csrfToken]);
  const needsLogin = error instanceof ApiError && error.status === 401;
  return <SessionContext value={{ session, isLoading, needsLogin }}>{children}</SessionContext>;
}

export function useSession(): SessionState {
  return useContext(SessionContext);
}

const RANK = { viewer: 0, operator: 1, admin: 2 } as const;

/** null when it may be done, else why not. */
export function useRefusal(needed: 'operator' | 'admin'): string | null {
  const { session } = useSession();
  if (RANK[session.role] >= RANK[needed]) return null;
  if (session.isLocal) return 'Read-only: nobody is logged in. Make a user with `rollcall users add`.';
  return `Your role is ${session.role}; this needs ${needed}.`;
}

export function useLogOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await write<unknown>('DELETE', '/session');
    queries.clear();
    location.assign(new URL('login', document.baseURI));
  };
}
