import * as z from 'zod';
import type { Resource } from './resource-reader.ts';

/** A computer as the list has it. */
export interface ListedComputer {
  /** Digits. A new installation of a computer gets another one. */
  id: string;
  /** When the server heard of it last, epoch milliseconds by its clock; null: it does not say. */
  reportedAtMs: number | null;
}

export interface ComputerList {
  computers: readonly ListedComputer[];
  /** Why some may be missing; null: all are there that the operator sees. */
  doubt: string | null;
}

/** Fields of a computer that are read of its XML. */
export const COMPUTER_FIELDS = ['ID', 'LastReportTime'] as const;

const ID = /^\d{1,20}$/;
const ADDRESS = /\/api\/computer\/(\d{1,20})$/;
/** As `Fri, 27 Nov 2026 21:48:29 +0000`; without a zone it could be of any. */
const TIME = /^[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT)$/;

/** The rows of `GET /api/computers`. One that is listed twice counts once. Pure. */
export function toComputerList(resources: readonly Resource[]): ComputerList {
  const computers = new Map<string, ListedComputer>();
  let unread = 0;
  for (const resource of resources) {
    const computer = toComputer(resource);
    if (computer === null) unread += 1;
    else computers.set(computer.id, newest(computers.get(computer.id), computer));
  }
  return {
    computers: [...computers.values()],
    doubt: unread === 0 ? null : `${unread} of the entries of the list cannot be read`,
  };
}

/** null for anything but a computer. */
export function toComputer({ name, address, fields }: Resource): ListedComputer | null {
  if (name !== 'Computer') return null;
  const id = fields.get('ID') || ADDRESS.exec(address ?? '')?.[1];
  if (id === undefined || !ID.test(id)) return null;
  return { id, reportedAtMs: toTimeMs(fields.get('LastReportTime') ?? '') };
}

function newest(one: ListedComputer | undefined, other: ListedComputer): ListedComputer {
  return one !== undefined && (one.reportedAtMs ?? 0) > (other.reportedAtMs ?? 0) ? one : other;
}

function toTimeMs(text: string): number | null {
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** Fields of an operator that are read. */
export const OPERATOR_FIELDS = ['Name', 'MasterOperator'] as const;

/** Whether a master operator, who sees all computers, is told of; null: it is not said, or of somebody else. */
export function isMaster(resources: readonly Resource[], user: string): boolean | null {
  const [operator, ...others] = resources;
  if (operator?.name !== 'Operator' || others.length > 0) return null;
  const name = operator.fields.get('Name') ?? user;
  if (name.toLowerCase() !== user.toLowerCase()) return null;
  const flag = operator.fields.get('MasterOperator');
  if (flag === 'true' || flag === '1') return true;
  return flag === 'false' || flag === '0' ? false : null;
}

/** `POST /api/query` with `output=json`: a row of values for each result. */
export const queryAnswer = z.union([
  z.object({ error: z.string() }).transform(() => null),
  z.object({ result: z.array(z.unknown()) }).transform(({ result }) => result),
]);

/** Which deployment a server belongs to: all its servers have the same masthead. */
export interface Masthead {
  /** Host in the address that clients gather from, lower case. */
  server: string;
  /** The number that the vendor's licence has for the deployment. */
  serial: string;
}

const SERIAL = /^X-Fixlet-Site-Serial-Number:[ \t]*(\d{1,20})[ \t]*\r?$/im;
const GATHER = /^X-Fixlet-Site-Gather-URL:[ \t]*https?:\/\/([^\s/:]{1,255})/im;

/** null: it is no masthead. */
export function toMasthead(text: string): Masthead | null {
  const [, serial] = SERIAL.exec(text) ?? [];
  const [, server] = GATHER.exec(text) ?? [];
  return serial === undefined || server === undefined ? null : { serial, server: server.toLowerCase() };
}
