/** Whether a name is that of a hypervisor or a provider's server, in whatever domain. `servers`: their names, see serverNames. */
export function isServerName(name: string, servers: ReadonlySet<string>): boolean {
  const [host = ''] = name.toLowerCase().split('.');
  return servers.has(host);
}
