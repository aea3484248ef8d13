import { splitApiToken, splitAuthId } from '../types/auth-id.ts';
import { ApiError } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { Tickets } from './tickets.ts';

export interface Credentials {
  authorization: string | undefined;
  cookie: string | undefined;
  csrfToken: string | undefined;
}

function denied(reason: string): ApiError {
  return new ApiError(401, reason, { hasBody: false });
}

/** Who asks: a token, or the user of a ticket. Throws the 401 that pveproxy answers. */
export function authenticate(cluster: Cluster, tickets: Tickets, method: string, given: Credentials): string {
  const { authorization = '', cookie = '' } = given;
  const ticket = ticketOf(cookie) ?? ticketOf(authorization);
  // A cookie is looked at first: with a bad one even a good token is refused.
  if (ticket !== undefined) return byTicket(tickets, method, ticket, given.csrfToken);
  const token = /^PVEAPIToken[= ](.+)$/.exec(authorization)?.[1];
  if (token === undefined) throw denied('No ticket');
  return byToken(cluster, token);
}

function ticketOf(text: string): string | undefined {
  const value = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(text)?.[1];
  if (value === undefined) return undefined;
  return /%[0-9A-F]{2}/i.test(value) ? decodeURIComponent(value) : value;
}

function byTicket(tickets: Tickets, method: string, text: string, csrfToken: string | undefined): string {
  const ticket = tickets.verify(text);
  if (!ticket || ticket.isChallenge) throw denied('Authentication failed!');
  if (method !== 'GET' && !tickets.isCsrfToken(csrfToken ?? '', ticket.user))
    throw denied('Permission denied - invalid csrf token');
  return ticket.user;
}

function byToken(cluster: Cluster, text: string): string {
  const { tokenId, secret } = splitApiToken(text) ?? { tokenId: '', secret: '' };
  const { user: userid, token: name } = splitAuthId(tokenId);
  const user = cluster.access.users.get(userid);
  const token = name === null ? undefined : user?.tokens.get(name);
  const isExpired = token !== undefined && token.expire !== 0 && token.expire < cluster.nowSeconds();
  if (!user?.isEnabled || !token || isExpired || token.secret !== secret) throw denied('Authentication failed!');
  return tokenId;
}
