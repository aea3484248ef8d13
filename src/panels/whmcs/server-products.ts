import type { PanelSettings } from '../../types/panel.ts';
import { compileFilter } from '../../types/wildcard.ts';
import type { WhmcsProduct } from './product-row.ts';

type Patterns = Pick<Extract<PanelSettings, { type: 'whmcs' }>, 'groups' | 'products'>;

/** Tells products that are servers from web hosting and what else is sold, by their group and name. */
export function isServerOf({ groups, products }: Patterns): (product: WhmcsProduct) => boolean {
  const isOfGroup = compileFilter(groups);
  const isOfName = compileFilter(products);
  return ({ groupname, name }) => isOfGroup(String(groupname ?? '')) && isOfName(String(name ?? ''));
}
