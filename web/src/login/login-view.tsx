import { useMutation } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId } from 'react';
import '../styles/login.css';
import type { Session } from '../../../src/protocol/people.ts';
import { SERVER_URL } from '../api/base.ts';
import { write } from '../api/request.ts';
import { Failure } from '../parts/notice.tsx';
import { useSession, useTakeSession } from '../shell/session.tsx';
import { formText } from './form-text.ts';

const route = getRouteApi('/login');

/** By the code in the address: no text from there is shown. */
const REFUSALS: Readonly<Record<string, string>> = {
  'oidc-expired': 'The login there took too long, or was begun in another window: try again',
  'oidc-failed': 'The login there failed: the log of the server says why',
};
const OTHER_REFUSAL = 'The login there was refused: ask who runs this server, or log in by a password';

export function LoginView() {
  const { session } = useSession();
  const { error: refused } = route.useSearch();
  const login = session?.login;
  return (
    <div className="card-view">
      <section className="panel card" aria-labelledby="login-title">
        <h1 id="login-title">Log in</h1>
        {refused !== undefined && <Failure error={new Error(REFUSALS[refused] ?? OTHER_REFUSAL)} />}
        {login?.oidc != null && (
          // A page of another program: the browser goes there.
          <a className="button primary" href={new URL(login.oidc.path.replace(/^\//, ''), SERVER_URL).href}>
            {login.oidc.label}
          </a>
        )}
        {login?.password !== false && <PasswordForm />}
        {login?.hasUsers === false && (
          <p className="hint">
            There are no users yet. On the server, <code>rollcall users add NAME --role admin</code> prints a link that
            makes the first one.
          </p>
        )}
      </section>
    </div>
  );
}

function PasswordForm() {
  const id = useId();
  const navigate = useNavigate();
  const takeSession = useTakeSession();
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: { name: string; password: string }) => write<Session>('POST', '/session', body),
    onSuccess: (session) => {
      takeSession(session);
      void navigate({ to: '/' });
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    mutate({ name: formText(fields, 'name'), password: formText(fields, 'password') });
  }
  return (
    <form onSubmit={submit} className="form">
      <div className="field">
        <label htmlFor={`${id}-name`}>Name</label>
        <input id={`${id}-name`} className="input" name="name" autoComplete="username" required />
      </div>
      <div className="field">
        <label htmlFor={`${id}-password`}>Password</label>
        <input
          id={`${id}-password`}
          className="input"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
      </div>
      {error !== null && <Failure error={error} />}
      <button type="submit" className="button primary" aria-disabled={isPending}>
        Log in
      </button>
    </form>
  );
}
