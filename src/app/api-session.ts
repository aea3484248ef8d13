import { isDeepStrictEqual } from 'node:util';
import { parseUpid } from '../api/upid.ts';
import type { TaskEnd } from '../providers/acting.ts';
import { followTask } from '../providers/proxmox/actions/follow.ts';
import type { GivenParameters } from '../providers/proxmox/endpoints/check-parameters.ts';
import { lackingPrivilege, privilegeNeed } from '../providers/proxmox/endpoints/lacking-privilege.ts';
import { locateGuest } from '../providers/proxmox/endpoints/locate-guest.ts';
import { type ApiCall, COMMAND_OF, planCall } from '../providers/proxmox/endpoints/plan-call.ts';
import { type ApiVerb, readEndpoints } from '../providers/proxmox/endpoints/read-endpoints.ts';
import { releaseOf } from '../providers/proxmox/endpoints/release-of.ts';
import { shownParameters } from '../providers/proxmox/endpoints/secret-values.ts';
import { ACTION_RIGHTS, type ActionRight } from '../types/action.ts';
import { AppError } from '../types/errors.ts';
import type { GuestRow } from '../types/inventory.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App } from './app.ts';
import type { Target } from './config/select-providers.ts';
import { type OpenedCalls, openCalls } from './open-calls.ts';

export type { ApiCall, ApiVerb, TaskEnd };

/** How long the server of a task may not answer. */
const PATIENCE_MS = 10 * 60_000;

export interface ApiRequest {
  verb: ApiVerb;
  /** Below the guest, where there is one. */
  path: string;
  given: GivenParameters;
  guest: GuestRow | null;
}

/** A call as it may be shown and recorded: without secrets. */
export interface ShownCall {
  provider: string;
  /** Who asks: `user@realm!name`. */
  account: string;
  verb: ApiVerb;
  path: string;
  parameters: Readonly<Record<string, string | readonly string[]>>;
  /** The guest of the inventory that it is about; null: none was named. */
  guest: string | null;
  /** What the owner of the provider has to allow. */
  rights: readonly ActionRight[];
  /** What of that is not allowed. */
  missing: readonly ActionRight[];
  /** What the server asks of the account. */
  permission: string;
  /** Whose schema it was checked against. */
  release: string;
}

export interface PreparedCall {
  request: ApiRequest;
  call: ApiCall;
  shown: ShownCall;
  /** What somebody should know before. */
  doubts: readonly string[];
  /** Whether the schema is that of the server's very release. */
  isExact: boolean;
}

/** Opens the API of a provider; must be closed. Throws AppError. */
export async function openApi(
  app: App,
  target: Target,
  { isWrite, warn, insist }: { isWrite: boolean; warn: (text: string) => void; insist: AbortSignal },
): Promise<ApiSession> {
  const config = target.used;
  if (config.type !== 'proxmox') {
    throw new AppError('usage', `${config.name} is no Proxmox VE, whose API this is`, {
      hint: 'name one with --provider',
    });
  }
  const { signal } = app.machine;
  return new ApiSession(config, await openCalls(app, target, { isWrite, io: { warn, signal, insist } }), signal);
}

/** Calls of one provider, by the vendor's schema. */
export class ApiSession {
  readonly #config: ProviderConfig;
  readonly #calls: OpenedCalls;
  readonly #signal: AbortSignal;

  constructor(config: ProviderConfig, calls: OpenedCalls, signal: AbortSignal) {
    this.#config = config;
    this.#calls = calls;
    this.#signal = signal;
  }

  /** Checks a call against the schema of the server's release, with nothing but reads. Throws AppError. */
  async prepare(request: ApiRequest): Promise<PreparedCall> {
    const { verb, path, given, guest } = request;
    const { reading } = this.#calls;
    const { release, doubt } = releaseOf((await reading.getVersion({ signal: this.#signal })).version);
    const isWrite = verb !== 'GET';
    const where = guest === null ? { path, doubt: null } : await this.#locate(guest, path, isWrite);
    const account = isWrite ? await this.#account() : reading.credentialName;
    const isToken = account.includes('!');
    const call = planCall(readEndpoints(release), release, { verb, path: where.path, given, isToken });
    return {
      request,
      call,
      shown: {
        provider: this.#config.name,
        account,
        verb,
        path: call.path,
        parameters: shownParameters(call.parameters),
        guest: guest === null ? null : `${guest.name ?? ''} (${guest.nativeId})`.trimStart(),
        rights: call.rights,
        missing: call.rights.filter((right) => !this.#calls.allow.includes(right)),
        permission: call.permission,
        release,
      },
      doubts: [doubt, where.doubt].flatMap((one) => one ?? []),
      isExact: doubt === null,
    };
  }

  /** Throws AppError('forbidden') for what the owner of the provider does not allow, or the account may not. */
  async requireAllowed({ call, shown, isExact }: PreparedCall): Promise<void> {
    const { provider, account, missing, verb, path } = shown;
    const { allow } = this.#calls;
    if (missing.length > 0) {
      const words = missing.length === ACTION_RIGHTS.length ? 'api' : missing.join(', ');
      const why = `${provider} does not allow ${words}${allow.length === 0 ? ': it is only read' : ''}`;
      throw new AppError('forbidden', `${COMMAND_OF[verb]} ${path}: ${why}`, {
        hint: `its owner allows it: rollcall providers update ${provider} --allow ${[...allow, ...missing].join(',')}`,
      });
    }
    const { reads } = await this.#calls.writing();
    const need = isExact ? privilegeNeed(call.permission) : null;
    const options = { signal: this.#signal };
    const permissions = await (need === null
      ? reads.getPermissions(options)
      : reads.getPermissionsAt(need.path, options));
    const lack = lackingPrivilege(need, permissions);
    if (lack === null) return;
    throw new AppError('forbidden', `${COMMAND_OF[verb]} ${path}: ${account} ${lack}`, {
      hint: `nothing was sent; see what it may: rollcall providers test ${provider}`,
    });
  }

  read({ call }: PreparedCall): Promise<unknown> {
    const { path, node, parameters } = call;
    return this.#calls.reading.getRaw(path, { node, query: parameters }, { signal: this.#signal });
  }

  /**
   * Prepares a write again and sends it, once. Throws AppError: `moved` where it would be another call now, `uncertain` where nobody
   * knows whether the server got it.
   */
  async send({ request, call }: PreparedCall): Promise<unknown> {
    const again = await this.prepare(request);
    if (!isDeepStrictEqual(again.call, call)) {
      throw new AppError('moved', `${COMMAND_OF[call.verb]} ${call.path} would be ${again.call.path} now`, {
        hint: 'nothing was sent; look at it again',
      });
    }
    await this.requireAllowed(again);
    const { verb, path, parameters, node } = again.call;
    if (verb === 'GET') throw new Error('a read is not sent as a write');
    const actions = await this.#calls.writing();
    return actions.sendRaw({ verb, path, parameters, node });
  }

  /** The UPID of the task that an answer names; null: it names none. */
  taskOf(answer: unknown): string | null {
    return typeof answer === 'string' && parseUpid(answer) !== null ? answer : null;
  }

  /** Follows a task to its end. Throws AppError once it cannot be asked for longer. */
  async follow(upid: string, onLine: (line: string) => void): Promise<TaskEnd> {
    // Of its own tasks an account sees everything.
    const { reads } = await this.#calls.writing();
    try {
      return await followTask(reads, upid, { signal: this.#signal, onLine, patienceMs: PATIENCE_MS });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, `${error.message}; the task goes on`, {
        hint: `see how it ends: rollcall api get /nodes/${parseUpid(upid)?.node ?? 'NODE'}/tasks/${upid}/status`,
      });
    }
  }

  close(): void {
    this.#calls.close();
  }

  async #account(): Promise<string> {
    // Whoever may send nothing has no account for it, and is told so once the call is checked.
    if (this.#calls.allow.length === 0) return this.#calls.reading.credentialName;
    return (await this.#calls.writing()).credentialName;
  }

  async #locate(guest: GuestRow, below: string, isWrite: boolean): Promise<{ path: string; doubt: string | null }> {
    const { id: guestId, kind, vmid, node, identity, name, providerId, providerName, lastSeenAt } = guest;
    if (kind === 'vm' || vmid === null) throw new Error('a guest of Proxmox VE has a vmid');
    const seenAt = lastSeenAt.toISOString();
    const subject = { providerId, providerName, guestId, kind, vmid, name, node, identity, seenAt };
    const { path, doubt } = await locateGuest(this.#calls.reading, subject, this.#signal);
    const what = doubt === null ? null : `${name ?? vmid} may be another machine than the inventory has: ${doubt}`;
    if (what !== null && isWrite) {
      throw new AppError('refused', what, { hint: 'sync first, and look at it: rollcall discover-all' });
    }
    return { path: `${path}/${below.replace(/^\.?\/*/, '')}`, doubt: what };
  }
}
