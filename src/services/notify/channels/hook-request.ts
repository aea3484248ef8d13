/** One request to a receiver. */
export interface HookRequest {
  url: string;
  method: 'POST' | 'PUT';
  headers: Readonly<Record<string, string>>;
  body: string;
}

export function jsonRequest(url: string, value: unknown, headers: Readonly<Record<string, string>> = {}): HookRequest {
  return {
    url,
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}
