import { AppError } from '../../../types/errors.ts';
import type { ResolvedCredential } from '../../../types/provider.ts';
import type { RunProgram } from '../../manifest.ts';
import type { Login } from './access-token.ts';
import { cliLogin } from './cli-token.ts';
import type { LoginWire } from './login-wire.ts';
import { managedIdentityLogin } from './managed-identity.ts';
import { type Authority, servicePrincipalLogin } from './service-principal.ts';
import { parseLogin } from './ways.ts';

/** Throws AppError('configuration') for a credential that Azure has no login for. */
export function openLogin(
  credential: ResolvedCredential,
  authority: Authority,
  { openWire, runProgram }: { openWire: (signal: AbortSignal) => LoginWire; runProgram: RunProgram | undefined },
): Login {
  const login = credential.kind === 'login' ? parseLogin(credential.login) : null;
  const secret = credential.kind === 'login' ? credential.secret : undefined;
  if (login?.way === 'cli') return cliLogin(authority.resource, runProgram);
  if (login?.way === 'managed-identity') return managedIdentityLogin(login.client, authority.resource, openWire);
  if (login !== null && secret !== undefined) return servicePrincipalLogin({ ...login, secret }, authority, openWire);
  throw new AppError('configuration', 'this is no login of Azure', {
    hint: 'give --login cli, managed-identity, secret:TENANT/CLIENT or certificate:TENANT/CLIENT, the last two with --secret',
  });
}
