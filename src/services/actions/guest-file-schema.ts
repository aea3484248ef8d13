import * as z from 'zod';
import { isSecretKey } from '../../text/mask-secrets.ts';
import { isGuestName, LEAST_VMID, MOST_VMID } from '../../types/new-guest.ts';

const SIZE = /^\d{1,9}(?:\.\d{1,3})?\s?[kmgtpKMGTP](?:[iI]?[bB])?$/;
const DISK = /^(?:[A-Za-z][\w.-]{0,98}[A-Za-z0-9]:)?\d{1,9}(?:\.\d{1,3})?[kmgtKMGT]?(?:[iI]?[bB])?$/;
const VOLID = /^[A-Za-z][\w.-]{0,98}[A-Za-z0-9]:[^\s,]{1,500}$/;
const KEY = /^[a-z][a-z0-9-]{0,40}$/;
const WORD = /^[A-Za-z0-9_][\w+.-]{0,120}$/;
const ADDRESS = /^(?:dhcp|manual|[0-9a-fA-F.:]{2,45}\/\d{1,3})$/;
const REFERENCE = /^(?:env|file|command|keyring):./;

export const WORDS = {
  name: 'write a name as hosts have them: letters, digits, hyphens and dots',
  vmid: `write auto, or a number from ${LEAST_VMID} to ${MOST_VMID}`,
  memory: 'write a size with a unit: 512M, 4G',
  disk: 'write a size, or a storage with a size: 32G, local-lvm:32G',
  volid: 'write the id of a volume: local:iso/debian.iso',
  vlan: 'write a number from 1 to 4094',
  cores: 'write a number of at least 1',
  tag: 'write letters, digits, hyphens, dots and underscores',
  ip: 'write dhcp, or an address with its prefix: 192.0.2.7/24',
} as const;

const text = z.string('write a text; one that looks like a number needs quotation marks').min(1, 'it is empty');
const flag = z.boolean('write true or false');
const volid = z.string(WORDS.volid).regex(VOLID, WORDS.volid);
const word = z.string(WORDS.tag).regex(WORD, WORDS.tag);
const value = z.union([z.string(), z.number(), z.boolean()], 'write a text, a number, true or false');

export const GUEST_SPEC = z.strictObject(
  {
    kind: z.enum(['vm', 'container'], 'write vm or container').optional(),
    name: z.string(WORDS.name).refine(isGuestName, WORDS.name),
    provider: text.optional(),
    node: text.optional(),
    vmid: z.union([z.literal('auto'), z.int().min(LEAST_VMID).max(MOST_VMID)], WORDS.vmid).optional(),
    template: text.optional(),
    iso: volid.optional(),
    image: volid.optional(),
    ostemplate: volid.optional(),
    cores: z.int(WORDS.cores).min(1, WORDS.cores).max(8192).optional(),
    memory: z.string(WORDS.memory).regex(SIZE, WORDS.memory).optional(),
    disk: z.string(WORDS.disk).regex(DISK, WORDS.disk).optional(),
    bridge: word.optional(),
    vlan: z.int(WORDS.vlan).min(1, WORDS.vlan).max(4094, WORDS.vlan).optional(),
    ip: z.string(WORDS.ip).regex(ADDRESS, WORDS.ip).optional(),
    gateway: text.optional(),
    tags: z.array(word, 'write a list: [prod, web]').optional(),
    pool: text.optional(),
    description: text.optional(),
    full: flag.optional(),
    start: flag.optional(),
    config: z
      .record(z.string().regex(KEY, 'write a setting of the server'), value, 'write settings with their values')
      .superRefine((settings, context) => {
        for (const key of Object.keys(settings).filter(isSecretKey)) {
          const message = `${key} holds a secret: give a reference to it, in secrets`;
          context.addIssue({ code: 'custom', message, path: [key] });
        }
      })
      .optional(),
    secrets: z
      .record(
        z.string().regex(KEY, 'write a setting of the server'),
        z
          .string()
          .regex(REFERENCE, 'write a reference: env:NAME, file:/path, keyring:SERVICE/ACCOUNT or command:PROGRAM'),
        'write settings with references to their values',
      )
      .optional(),
  },
  'write a guest: name, and what it is made of',
);

export type GuestSpec = z.infer<typeof GUEST_SPEC>;

export const GUEST_FILE = z.strictObject(
  {
    version: z.literal(1, 'write 1'),
    guests: z.array(GUEST_SPEC, 'write a list of guests').min(1, 'it is empty').max(1000, 'it has more than 1000'),
  },
  'write version and guests',
);

export interface SpecProblem {
  field: keyof GuestSpec;
  message: string;
}

/** What does not go together. `kind`: that of the command where the guest does not say. */
export function specProblems(spec: GuestSpec, kind: 'vm' | 'container'): SpecProblem[] {
  const isVm = (spec.kind ?? kind) === 'vm';
  const sources = (['template', 'iso', 'image', 'ostemplate'] as const).filter((field) => spec[field] !== undefined);
  const [first, second] = sources;
  const wrong = (isVm ? ['ostemplate', 'ip', 'gateway'] : ['iso', 'image']) satisfies (keyof GuestSpec)[];
  const of = isVm ? 'containers' : 'virtual machines';
  return [
    ...wrong.flatMap((field) => (has(spec, field) ? [{ field, message: `${field} is for ${of}` } as const] : [])),
    ...(first !== undefined && second !== undefined
      ? [{ field: second, message: `${second} does not go with ${first}` } as const]
      : []),
    ...(!isVm && spec.template === undefined && spec.ostemplate === undefined
      ? [{ field: 'name', message: 'a container is made of an ostemplate, or is a clone of a template' } as const]
      : []),
    ...(spec.full !== undefined && spec.template === undefined
      ? [{ field: 'full', message: 'full is for clones of a template' } as const]
      : []),
  ];
}

function has(spec: GuestSpec, field: string): boolean {
  return Object.hasOwn(spec, field);
}
