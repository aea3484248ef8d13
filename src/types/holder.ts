/** `PID@host`: who holds a lease or a claim, without what tells processes of the same number apart. */
export function holderName(holder: string): string {
  return holder.replace(/#.*$/s, '');
}
