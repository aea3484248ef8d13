import { isDeepStrictEqual } from 'node:util';
import type { ProxmoxActions } from '../api/proxmox-actions.ts';
import type { ProxmoxClient } from '../api/proxmox-client.ts';
import { parseUpid, upidOf } from '../api/upid.ts';
import type { TaskEnd } from '../providers/acting.ts';
import { followTask } from '../providers/proxmox/actions/follow.ts';
import type { GivenParameters } from '../providers/proxmox/endpoints/check-parameters.ts';
import { lackingPrivilege, privilegeNeed } from '../providers/proxmox/endpoints/lacking-privilege.ts';
import { locateGuest } from '../providers/proxmox/endpoints/locate-guest.ts';
import { type ApiCall, COMMAND_OF, planCall } from '../providers/proxmox/endpoints/plan-call.ts';
import { type ApiVerb, readEndpoints } from '../providers/proxmox/endpoints/read-endpoints.ts';
import { releaseOf } from '../providers/proxmox/endpoints/release-of.ts';
import { shownParameters } from '../providers/proxmox/endpoints/secret-values.ts';
import { subjectOf } from '../services/actions/plan-guests.ts';
import { ACTION_RIGHTS, type ActionRight } from '../types/action.ts';
import { AppError } from '../types/errors.ts';
import type { GuestRow } from '../types/inventory.ts';

export type { ApiCall, ApiVerb, TaskEnd };

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

/** What the server says to a write. */
export interface Answer {
  answer: unknown;
  /** Of the task that it names; null: the answer is the end of it. */
  upid: string | null;
}

export interface ApiSessionDeps {
  provider: string;
  /** What its owner allows. */
  allow: readonly ActionRight[];
  reading: ProxmoxClient;
  /** With the credential for actions; null: nothing is written. */
  writing: ProxmoxActions | null;
  /** Throws AppError('locked') where an operation that has not ended has one of the guests. */
  requireFree: (vmids: readonly number[]) => Promise<void>;
  /** Ends reads. */
  signal: AbortSignal;
}

/** Calls of one provider, by the vendor's schema. */
export class ApiSession {
  readonly #deps: ApiSessionDeps;

  constructor(deps: ApiSessionDeps) {
    this.#deps = deps;
  }

  /** Checks a call against the schema of the server's release, with nothing but reads. Throws AppError. */
  async prepare(request: ApiRequest): Promise<PreparedCall> {
    const { verb, path, given, guest } = request;
    const { provider, allow, reading, writing, signal } = this.#deps;
    const { release, doubt } = releaseOf((await reading.getVersion({ signal })).version);
    const where = guest === null ? { path, doubt: null } : await this.#locate(guest, path);
    const account = (writing ?? reading).credentialName;
    const isToken = account.includes('!');
    const call = planCall(readEndpoints(release), release, { verb, path: where.path, given, isToken });
    return {
      request,
      call,
      shown: {
        provider,
        account,
        verb,
        path: call.path,
        parameters: shownParameters(call.parameters),
        guest: guest === null ? null : `${guest.name ?? ''} (${guest.nativeId})`.trimStart(),
        rights: call.rights,
        missing: call.rights.filter((right) => !allow.includes(right)),
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
    const { allow, signal } = this.#deps;
    if (missing.length > 0) {
      const words = missing.length === ACTION_RIGHTS.length ? 'api' : missing.join(', ');
      const why = `${provider} does not allow ${words}${allow.length === 0 ? ': it is only read' : ''}`;
      throw new AppError('forbidden', `${COMMAND_OF[verb]} ${path}: ${why}`, {
        hint: `its owner allows it: rollcall providers update ${provider} --allow ${[...allow, ...missing].join(',')}`,
      });
    }
    const { reads } = this.#writing();
    const need = isExact ? privilegeNeed(call.permission) : null;
    const permissions = await (need === null
      ? reads.getPermissions({ signal })
      : reads.getPermissionsAt(need.path, { signal }));
    const lack = lackingPrivilege(need, permissions);
    if (lack === null) return;
    throw new AppError('forbidden', `${COMMAND_OF[verb]} ${path}: ${account} ${lack}`, {
      hint: `nothing was sent; see what it may: rollcall providers test ${provider}`,
    });
  }

  read({ call }: PreparedCall): Promise<unknown> {
    const { path, node, parameters } = call;
    const { reading, signal } = this.#deps;
    return reading.getRaw(path, { node, query: parameters }, { signal });
  }

  /**
   * Prepares a write again and sends it, once. Throws AppError: `moved` where it would be another call now, `uncertain` where nobody
   * knows whether the server got it.
   */
  async send({ request, call }: PreparedCall): Promise<Answer> {
    const again = await this.prepare(request);
    if (!isDeepStrictEqual(again.call, call)) {
      throw new AppError('moved', `${COMMAND_OF[call.verb]} ${call.path} would be ${again.call.path} now`, {
        hint: 'nothing was sent; look at it again',
      });
    }
    await this.requireAllowed(again);
    await this.#deps.requireFree(again.call.guests.map(({ nativeId }) => Number(nativeId)));
    const { verb, path, parameters, node } = again.call;
    if (verb === 'GET') throw new Error('a read is not sent as a write');
    const answer = await this.#writing().sendRaw({ verb, path, parameters, node });
    return { answer, upid: upidOf(answer) };
  }

  /** Follows a task to its end. Throws AppError once it cannot be asked for longer. */
  async follow(upid: string, onLine: (line: string) => void): Promise<TaskEnd> {
    // Of its own tasks an account sees everything.
    const { reads } = this.#writing();
    try {
      return await followTask(reads, upid, { signal: this.#deps.signal, onLine });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, `${error.message}; the task goes on`, {
        hint: `see how it ends: rollcall api get /nodes/${parseUpid(upid)?.node ?? 'NODE'}/tasks/${upid}/status`,
      });
    }
  }

  close(): void {
    this.#deps.reading.close();
    this.#deps.writing?.close();
  }

  #writing(): ProxmoxActions {
    const { writing } = this.#deps;
    if (writing === null) throw new Error('nothing is written by a session that reads');
    return writing;
  }

  async #locate(guest: GuestRow, below: string): Promise<{ path: string; doubt: string | null }> {
    const { reading, writing, signal } = this.#deps;
    const { path, doubt } = await locateGuest(reading, subjectOf(guest), signal);
    const who = guest.name ?? guest.nativeId;
    const what = doubt === null ? null : `${who} may be another machine than the inventory has: ${doubt}`;
    if (what !== null && writing !== null) {
      throw new AppError('refused', what, { hint: 'sync first, and look at it: rollcall discover-all' });
    }
    return { path: `${path}/${below.replace(/^\.?\/*/, '')}`, doubt: what };
  }
}
