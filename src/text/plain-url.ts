/** The address of a server and nothing else: no login, no query, no fragment. null for any other text. */
export function plainUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.username === '' && url.password === '' && url.search === '' && url.hash === '' ? url : null;
}
