/** Who sent a request, as a trusted proxy tells of it. A Unix socket, which only users of this machine reach, has no address. */
export function addressOf({ ip }: { readonly ip: string | undefined }): string {
  return ip ?? 'local';
}
