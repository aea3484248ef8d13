import type { Login } from './access-token.ts';
import { toLoginError } from './login-error.ts';
import type { LoginWire } from './login-wire.ts';

/** The identity that Azure gave to the machine this runs on, or one of several by its client id. */
export function managedIdentityLogin(
  client: string | null,
  resource: string,
  openWire: (signal: AbortSignal) => LoginWire,
): Login {
  return async (signal) => {
    const { ManagedIdentityApplication } = await import('@azure/msal-node');
    const networkClient = openWire(signal);
    try {
      const app = new ManagedIdentityApplication({
        ...(client !== null && { managedIdentityIdParams: { userAssignedClientId: client } }),
        system: { networkClient, disableInternalRetries: true },
      });
      // MSAL keeps tokens for the whole process, and is not asked to.
      const { accessToken, expiresOn } = await app.acquireToken({ resource: `${resource}/`, forceRefresh: true });
      return { text: accessToken, lifeMs: (expiresOn?.getTime() ?? 0) - Date.now() };
    } catch (error) {
      throw toLoginError(error, `managed identity${client === null ? '' : ` ${client}`}`, networkClient.failure);
    } finally {
      networkClient.close();
    }
  };
}
