import * as z from 'zod';
import type { FieldMap } from '../../types/panel.ts';
import type { MappedRow } from '../to-record.ts';

const text = z.union([z.string(), z.number()]).nullish().catch(null);
const field = z.object({ id: text, name: text, value: text });

/** A product of GetClientsProducts. Answers also carry the password of the server, which is not taken. */
export const whmcsProduct = z.object({
  id: text,
  clientid: text,
  name: text,
  groupname: text,
  domain: text,
  dedicatedip: text,
  assignedips: text,
  status: text,
  billingcycle: text,
  customfields: z
    .object({ customfield: z.array(field) })
    .nullish()
    .catch(null),
});
export type WhmcsProduct = z.infer<typeof whmcsProduct>;

/** `fields`: names of custom fields, which take the place of what is usual. */
export function toProductRow(product: WhmcsProduct, fields: FieldMap): MappedRow {
  const { id, clientid, name, groupname, domain, dedicatedip, assignedips, status, billingcycle } = product;
  const custom = new Map(product.customfields?.customfield.map((one) => [String(one.name), one.value]));
  return {
    id,
    name: domain,
    owner: clientid,
    address: [dedicatedip ?? '', ...String(assignedips ?? '').split('\n')],
    state: status,
    package: [groupname, name].filter((part) => part !== null && part !== undefined && part !== '').join(' / '),
    billed: billingcycle === null || billingcycle === undefined ? null : billingcycle !== 'Free Account',
    ...Object.fromEntries(Object.entries(fields).map(([key, label]) => [key, custom.get(label) ?? null])),
  };
}
