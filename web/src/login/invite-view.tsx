import { useMutation } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import '../styles/login.css';
import { write } from '../api/request.ts';
import { Failure } from '../parts/notice.tsx';
import { Text } from '../parts/text.tsx';
import { formText } from './form-text.ts';

const route = getRouteApi('/invite/$secret');

/** Whoever opens the link first sets the password. */
export function InviteView() {
  const { secret } = route.useParams();
  const id = useId();
  const [problem, setProblem] = useState<string | null>(null);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (password: string) =>
      write<{ name: string }>('POST', `/invite/${encodeURIComponent(secret)}`, { password }),
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [password, again] = [formText(fields, 'password'), formText(fields, 'again')];
    setProblem(password === again ? null : 'The two are different: write the same password twice');
    if (password === again) mutate(password);
  }
  return (
    <div className="card-view">
      <section className="panel card" aria-labelledby="invite-title">
        <h1 id="invite-title">Choose a password</h1>
        {data === undefined ? (
          <form onSubmit={submit} className="form">
            <p className="muted">Long beats complicated: several words in a row.</p>
            <div className="field">
              <label htmlFor={`${id}-one`}>Password</label>
              <input
                id={`${id}-one`}
                className="input"
                name="password"
                type="password"
                autoComplete="new-password"
                required
              />
            </div>
            <div className="field">
              <label htmlFor={`${id}-two`}>Again</label>
              <input
                id={`${id}-two`}
                className="input"
                name="again"
                type="password"
                autoComplete="new-password"
                required
              />
            </div>
            {problem !== null && <Failure error={new Error(problem)} />}
            {error !== null && <Failure error={error} />}
            <button type="submit" className="button primary" aria-disabled={isPending}>
              Set it
            </button>
          </form>
        ) : (
          <p role="status">
            The password of <Text>{data.name}</Text> is set. <Link to="/login">Log in</Link>
          </p>
        )}
      </section>
    </div>
  );
}
