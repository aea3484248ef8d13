import type { Lab } from '../../src/lab/lab.ts';

/** `POST /nodes/pve1/vzdump vmid=100`: what was written since, but for logins. */
export function sentWrites({ writes }: Pick<Lab, 'writes'>): string[] {
  return writes
    .filter(({ isLogin }) => !isLogin)
    .map(({ method, path, parameters }) =>
      [method, path, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' '),
    );
}

/** Without what is another each time. */
export function withoutIds(text: string): string {
  return text
    .replace(/plan \w+/g, 'plan ID')
    .replace(/operation \w+/g, 'operation ID')
    .replace(/UPID:\S+/g, 'UPID');
}
