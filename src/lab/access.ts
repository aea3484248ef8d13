import { splitAuthId } from '../types/auth-id.ts';
import type { LabPool } from './model.ts';
import type { Release } from './release.ts';
import { builtInRoles } from './roles.ts';

export interface LabUser {
  userid: string;
  password: string | null;
  /** Base32; null: no second factor. */
  totpSecret: string | null;
  isEnabled: boolean;
  comment: string | null;
  tokens: Map<string, LabToken>;
}

export interface LabToken {
  secret: string;
  isPrivilegeSeparated: boolean;
  /** Epoch seconds; 0: never. */
  expire: number;
}

/** Privilege → whether it propagates to what is below. */
export type Privileges = ReadonlyMap<string, boolean>;

interface AccessSources {
  poolMembers: () => ReadonlyMap<number, string>;
  pools: () => ReadonlyMap<string, LabPool>;
}

/** Paths that are always in /access/permissions (pve-access-control RPCEnvironment get_effective_permissions). */
const STANDARD_PATHS = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
const NOTHING: Privileges = new Map();

/** Users, tokens, roles and the access control list; effective permissions as pve-access-control computes them. */
export class Access {
  readonly users = new Map<string, LabUser>();
  readonly roles: Map<string, ReadonlySet<string>>;
  private readonly sources: AccessSources;
  /** Path → user or token → role → propagate. */
  private readonly acl = new Map<string, Map<string, Map<string, boolean>>>();
  private cache = new Map<string, Privileges>();

  constructor(release: Release, sources: AccessSources) {
    this.roles = builtInRoles(release);
    this.sources = sources;
  }

  /** To be called when users, the list or pools have changed. */
  changed(): void {
    this.cache = new Map();
  }

  addUser(userid: string, options: { password?: string; totpSecret?: string; comment?: string } = {}): LabUser {
    const user: LabUser = {
      userid,
      password: options.password ?? null,
      totpSecret: options.totpSecret ?? null,
      isEnabled: true,
      comment: options.comment ?? null,
      tokens: new Map(),
    };
    this.users.set(userid, user);
    this.changed();
    return user;
  }

  /** Returns the credential `user@realm!name=secret`. */
  addToken(userid: string, name: string, token: LabToken): string {
    this.users.get(userid)?.tokens.set(name, token);
    this.changed();
    return `${userid}!${name}=${token.secret}`;
  }

  grant(authid: string, path: string, role: string, propagate = true): void {
    if (!this.roles.has(role)) throw new RangeError(`role '${role}' does not exist`);
    const atPath = this.acl.get(path) ?? new Map<string, Map<string, boolean>>();
    const ofId = atPath.get(authid) ?? new Map<string, boolean>();
    ofId.set(role, propagate);
    atPath.set(authid, ofId);
    this.acl.set(path, atPath);
    this.changed();
  }

  revoke(authid: string, path: string): void {
    const atPath = this.acl.get(path);
    atPath?.delete(authid);
    if (atPath?.size === 0) this.acl.delete(path);
    this.changed();
  }

  /** What a destroyed guest leaves behind. */
  forgetPath(path: string): void {
    this.acl.delete(path);
    this.changed();
  }

  entries(): { path: string; authid: string; role: string; propagate: boolean }[] {
    return [...this.acl].flatMap(([path, ids]) =>
      [...ids].flatMap(([authid, roles]) => [...roles].map(([role, propagate]) => ({ path, authid, role, propagate }))),
    );
  }

  has(authid: string, path: string, ...anyOf: readonly string[]): boolean {
    const privileges = this.privilegesAt(authid, path);
    return anyOf.some((privilege) => privileges.has(privilege));
  }

  privilegesAt(authid: string, path: string): Privileges {
    const key = `${authid} ${path}`;
    const cached = this.cache.get(key);
    if (cached) return cached;
    const privileges = this.compute(authid, path);
    this.cache.set(key, privileges);
    return privileges;
  }

  /** Every path of /access/permissions with what `authid` may there; paths without any privilege are left out. */
  effective(authid: string): Map<string, Privileges> {
    const paths = new Set([...STANDARD_PATHS, ...this.acl.keys()]);
    for (const vmid of this.sources.poolMembers().keys()) paths.add(`/vms/${vmid}`);
    for (const pool of this.sources.pools().values())
      for (const storage of pool.storages) paths.add(`/storage/${storage}`);
    const result = new Map<string, Privileges>();
    for (const path of paths) {
      const privileges = this.privilegesAt(authid, path);
      if (privileges.size > 0) result.set(path, privileges);
    }
    return result;
  }

  private compute(authid: string, path: string): Privileges {
    const { user: userid, token: tokenName } = splitAuthId(authid);
    const user = this.users.get(userid);
    if (!user) return NOTHING;
    if (tokenName === null) return this.ofRoles(this.rolesWithPools(userid, path));
    const token = user.tokens.get(tokenName);
    if (!token) return NOTHING;
    const ofUser = this.privilegesAt(userid, path);
    if (!token.isPrivilegeSeparated) return ofUser;
    const ofToken = this.ofRoles(this.rolesWithPools(authid, path));
    const both = new Map<string, boolean>();
    for (const [privilege, propagate] of ofToken) {
      const propagateOfUser = ofUser.get(privilege);
      if (propagateOfUser !== undefined) both.set(privilege, propagate && propagateOfUser);
    }
    return both;
  }

  private ofRoles(roles: ReadonlyMap<string, boolean>): Privileges {
    const privileges = new Map<string, boolean>();
    for (const [role, propagate] of roles) {
      for (const privilege of this.roles.get(role) ?? []) {
        privileges.set(privilege, propagate || privileges.get(privilege) === true);
      }
    }
    return privileges;
  }

  private rolesWithPools(authid: string, path: string): ReadonlyMap<string, boolean> {
    const roles = this.rolesAt(authid, path);
    const pools = this.poolsOf(path);
    if (pools.length === 0 || roles.has('NoAccess')) return roles;
    const all = new Map(roles);
    for (const pool of pools) {
      const poolRoles = this.rolesAt(authid, `/pool/${pool}`);
      if (poolRoles.has('NoAccess')) return new Map();
      // Rights that come through a pool never propagate; hence the zeros of /access/permissions.
      for (const role of poolRoles.keys()) if (!all.has(role)) all.set(role, false);
    }
    return all;
  }

  private poolsOf(path: string): string[] {
    const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
    if (vmid !== undefined) {
      const pool = this.sources.poolMembers().get(Number(vmid));
      return pool === undefined ? [] : [pool];
    }
    const storage = /^\/storage\/(.+)$/.exec(path)?.[1];
    if (storage === undefined) return [];
    return [...this.sources.pools().values()].filter((pool) => pool.storages.has(storage)).map((pool) => pool.id);
  }

  /** The nearest entry wins: each level that has one replaces what came from above. */
  private rolesAt(authid: string, path: string): ReadonlyMap<string, boolean> {
    if (authid === 'root@pam') return new Map([['Administrator', true]]);
    const segments = path === '/' ? [''] : path.split('/');
    let roles: ReadonlyMap<string, boolean> = new Map();
    let level = '';
    for (const [index, segment] of segments.entries()) {
      level = index === 0 ? '/' : `${level === '/' ? '' : level}/${segment}`;
      const isFinal = index === segments.length - 1;
      const here = [...(this.acl.get(level)?.get(authid) ?? [])].filter(([, propagate]) => isFinal || propagate);
      if (here.length > 0) roles = new Map(here);
    }
    return roles.has('NoAccess') ? new Map([['NoAccess', true]]) : roles;
  }
}
