import { AsyncLocalStorage } from 'node:async_hooks';
import type { INetworkModule } from '@azure/msal-node';
import { type Login, toToken } from './access-token.ts';
import { toLoginError } from './login-error.ts';
import type { LoginWire } from './login-wire.ts';

/**
 * MSAL takes the first network client of a process for all its managed identities, long after the connection that it belongs to was
 * closed: it gets one that leads to the client of whoever is asking.
 */
const asking = new AsyncLocalStorage<LoginWire>();
const networkClient: INetworkModule = {
  sendGetRequestAsync: (url, options) => current().sendGetRequestAsync(url, options),
  sendPostRequestAsync: (url, options) => current().sendPostRequestAsync(url, options),
};

function current(): LoginWire {
  const wire = asking.getStore();
  if (wire === undefined) throw new Error('nobody asks for a token');
  return wire;
}

/** The identity that Azure gave to the machine this runs on, or one of several by its client id. */
export function managedIdentityLogin(
  client: string | null,
  resource: string,
  openWire: (signal: AbortSignal) => LoginWire,
): Login {
  return async (signal) => {
    const { ManagedIdentityApplication } = await import('@azure/msal-node');
    const wire = openWire(signal);
    try {
      const app = new ManagedIdentityApplication({
        ...(client !== null && { managedIdentityIdParams: { userAssignedClientId: client } }),
        system: { networkClient, disableInternalRetries: true },
      });
      // MSAL keeps tokens for the whole process, and is not asked to.
      const { accessToken, expiresOn } = await asking.run(wire, () =>
        app.acquireToken({ resource: `${resource}/`, forceRefresh: true }),
      );
      return toToken(accessToken, expiresOn?.getTime());
    } catch (error) {
      throw toLoginError(error, `managed identity${client === null ? '' : ` ${client}`}`, wire.failure);
    } finally {
      wire.close();
    }
  };
}
