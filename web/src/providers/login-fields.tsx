import { FormField } from '../parts/form-field.tsx';
import type { FormState, Problems } from './form-state.ts';
import { kindOf } from './kinds.ts';

interface Props {
  form: FormState;
  onChange: (part: Partial<FormState>) => void;
  problems: Problems;
}

const LOGIN_WORDS = { token: 'API token', password: 'User and password', login: 'Login of the vendor' } as const;
const ID_WORDS = { token: 'Token id', password: 'User', login: 'Login' } as const;
const SECRET_WORDS = {
  token: "Reference to the token's secret",
  password: 'Reference to the password',
  login: 'Reference to the secret, where the login has one',
} as const;

export function LoginFields({ form, onChange, problems }: Props) {
  const { logins } = kindOf(form.type).manifest;
  const login = logins.find(({ kind }) => kind === form.login) ?? logins[0];
  const hasTotp = login?.secrets.some(({ flag }) => flag === '--totp') ?? false;
  return (
    <fieldset className="group">
      <legend>Login</legend>
      <p className="hint">
        This page never takes a secret. Put it where the server reads it, and write here where that is:{' '}
        <code>env:ROLLCALL_SECRET_PROD</code> for a variable of the server, <code>keyring:rollcall/prod</code> for the
        keyring of its machine. Other references, such as <code>file:/path</code>, are those that the server was started
        with <code>--allow-secret</code> for.
      </p>
      {logins.length > 1 && (
        <label className="field">
          <span>How</span>
          <select
            className="input"
            value={form.login}
            onChange={({ target }) => onChange({ login: target.value === 'token' ? 'token' : 'password', id: '' })}
          >
            {logins.map(({ kind }) => (
              <option key={kind} value={kind}>
                {LOGIN_WORDS[kind]}
              </option>
            ))}
          </select>
        </label>
      )}
      <FormField
        label={ID_WORDS[login?.kind ?? 'password']}
        value={form.id}
        onChange={(id) => onChange({ id })}
        problem={problems.id}
        help={login?.id.help}
        isMono
      />
      <FormField
        label={SECRET_WORDS[login?.kind ?? 'password']}
        value={form.secretRef}
        onChange={(secretRef) => onChange({ secretRef })}
        problem={problems.secretRef}
        placeholder="env:ROLLCALL_SECRET_PROD"
        isMono
      />
      {hasTotp && (
        <FormField
          label="Reference to the second factor's key, if it has one"
          value={form.totpRef}
          onChange={(totpRef) => onChange({ totpRef })}
          problem={problems.totpRef}
          isMono
        />
      )}
    </fieldset>
  );
}
