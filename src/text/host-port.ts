/** Parses `127.0.0.1:8440`, `[::1]:8440`: the host comes without brackets. null for anything else. */
export function parseHostPort(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}
