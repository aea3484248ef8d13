/** Where the page is served: `/` or `/rollcall/`. The server writes it into the base element. */
export const BASE_PATH = new URL('.', document.baseURI).pathname;

export function apiUrl(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `${BASE_PATH}api/v1${path}${text === '' ? '' : `?${text}`}`;
}
