// @ts-nocheck oidc-provider comes without types
// A provider of OpenID Connect on loopback: whoever comes is logged in as the account that was set last. Prints its address.
// Apart from the tests, because Jest cannot load what it is made of.
import http from 'node:http';
import Provider from 'oidc-provider';

const redirectUri = process.argv[2] ?? '';
/** @type {Record<string, unknown> & { sub: string }} */
let account = { sub: 'nobody' };
/** @type {Map<string, Record<string, unknown> & { sub: string }>} */
const accounts = new Map();

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'rollcall',
        client_secret: 'the-secret-of-the-client',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    cookies: { keys: ['a', 'b'] },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'groups'], profile: ['preferred_username', 'name'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => accounts.get(id) ?? { sub: id } }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void serve(request, response).catch((error) => response.destroy(error)));

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  async function serve(request, response) {
    if (request.url === '/account') {
      let text = '';
      for await (const part of request) text += part;
      account = JSON.parse(text);
      accounts.set(account.sub, account);
      response.end();
    } else if (request.url?.startsWith('/interaction/')) {
      const { prompt, params, session } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login') {
        const result = { login: { accountId: account.sub } };
        await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
        return;
      }
      const grant = new provider.Grant({ accountId: session?.accountId, clientId: String(params['client_id']) });
      grant.addOIDCScope(String(params['scope']));
      const consent = { consent: { grantId: await grant.save() } };
      await provider.interactionFinished(request, response, consent, { mergeWithLastSubmission: true });
    } else answer(request, response);
  }
  process.stdout.write(`${issuer}\n`);
});
