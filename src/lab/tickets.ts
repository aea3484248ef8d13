import { createHmac } from 'node:crypto';

const LIFETIME_SECONDS = 7200;
/** Clocks of nodes may differ by this much (pve-access-control $auth_graceperiod). */
const GRACE_SECONDS = 300;

export interface Ticket {
  user: string;
  /** Only a second factor is missing: good for nothing else. */
  isChallenge: boolean;
}

/** Issues and checks tickets `PVE:user@realm:TIME::signature` and their CSRF tokens. */
export class Tickets {
  private readonly key: string;
  private readonly nowSeconds: () => number;

  constructor(key: string, nowSeconds: () => number) {
    this.key = key;
    this.nowSeconds = nowSeconds;
  }

  issue(user: string): string {
    return this.sign(`PVE:${user}:${this.timeHex()}`, '');
  }

  issueChallenge(user: string): string {
    const challenge = encodeURIComponent(JSON.stringify({ totp: true, recovery: 'unavailable' }));
    return this.sign(`PVE:!tfa!${challenge}:${this.timeHex()}`, user);
  }

  /** undefined: forged, expired or no ticket at all. A challenge is bound to `user`. */
  verify(text: string, user?: string): Ticket | undefined {
    const match = /^(PVE:([^:]*):([0-9A-F]{8}))::(.+)$/.exec(text);
    const [, plain = '', subject = '', time = '', signature = ''] = match ?? [];
    if (!match || !this.isFresh(time)) return undefined;
    const isChallenge = subject.startsWith('!tfa!');
    if (signature !== this.mac(plain, isChallenge ? (user ?? '') : '')) return undefined;
    return { user: isChallenge ? (user ?? '') : subject, isChallenge };
  }

  csrfToken(user: string): string {
    const time = this.timeHex();
    return `${time}:${this.mac(`${time}:${user}`, 'csrf').slice(0, 43)}`;
  }

  isCsrfToken(text: string, user: string): boolean {
    const [time = '', mac = ''] = text.split(':');
    return /^[0-9A-F]{8}$/.test(time) && this.isFresh(time) && mac === this.mac(`${time}:${user}`, 'csrf').slice(0, 43);
  }

  private sign(plain: string, aad: string): string {
    return `${plain}::${this.mac(plain, aad)}`;
  }

  private mac(plain: string, aad: string): string {
    return createHmac('sha512', this.key).update(`${plain}\n${aad}`).digest('base64');
  }

  private timeHex(): string {
    return this.nowSeconds().toString(16).toUpperCase().padStart(8, '0');
  }

  private isFresh(timeHex: string): boolean {
    const age = this.nowSeconds() - Number.parseInt(timeHex, 16);
    return age >= -GRACE_SECONDS && age <= LIFETIME_SECONDS;
  }
}
