import { InvalidArgumentError, Option } from 'commander';
import { LEAST_VMID, MOST_VMID } from '../../types/new-guest.ts';
import type { ActOptions } from './act-options.ts';

export interface CloneOptions extends ActOptions {
  name?: string;
  vmid: number | 'auto';
  node?: string;
  storage?: string;
  full?: true;
  linked?: true;
  pool?: string;
  snapshot?: string;
  description?: string;
  start?: true;
  count: number;
  first: number;
}

export interface CreateOptions extends ActOptions {
  name?: string;
  vmid: number | 'auto';
  node?: string;
  template?: string;
  iso?: string;
  image?: string;
  ostemplate?: string;
  cores?: number;
  memory?: string;
  disk?: string;
  bridge?: string;
  vlan?: number;
  ip?: string;
  gateway?: string;
  tags?: readonly string[];
  pool?: string;
  description?: string;
  full?: true;
  start?: true;
  fromFile?: string;
}

/** Never null: Commander makes an empty text of what is parsed to null. */
export function vmidOption(): Option {
  return new Option('--vmid <id>', 'its vmid; auto: the lowest free one').argParser(parseVmid).default('auto');
}

function parseVmid(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const vmid = Number(text);
  if (/^\d+$/.test(text) && vmid >= LEAST_VMID && vmid <= MOST_VMID) return vmid;
  throw new InvalidArgumentError(`It is auto, or a number from ${LEAST_VMID} to ${MOST_VMID}.`);
}
