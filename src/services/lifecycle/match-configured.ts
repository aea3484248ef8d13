import { findProductRelease, findRelease } from './find-release.ts';
import { PRODUCTS } from './lifecycle-data.ts';
import type { ProductRelease } from './product.ts';

/**
 * Types of a configuration that stand for one release, or for several that are all over at the date of the last. `l26`, `win10` and
 * `win11` stand for more than one, of which some are supported, and are not here.
 */
const TYPES: Readonly<Record<string, readonly [product: string, version: string]>> = {
  wxp: ['windows', 'xp'],
  w2k3: ['windows-server', '2003'],
  wvista: ['windows-type', 'vista'],
  w2k8: ['windows-type', 'vista'],
  win7: ['windows-type', '7'],
  win8: ['windows-type', '8'],
  winxpproguest: ['windows', 'xp'],
  winxppro64guest: ['windows', 'xp'],
  winvistaguest: ['windows', 'vista'],
  winvista64guest: ['windows', 'vista'],
  winnetstandardguest: ['windows-server', '2003'],
  winnetstandard64guest: ['windows-server', '2003'],
  winnetenterpriseguest: ['windows-server', '2003'],
  winnetenterprise64guest: ['windows-server', '2003'],
  winlonghornguest: ['windows-server', '2008'],
  winlonghorn64guest: ['windows-server', '2008'],
  windows7guest: ['windows', '7'],
  windows7_64guest: ['windows', '7'],
  windows7server64guest: ['windows-server', '2008r2'],
  windows8server64guest: ['windows-server', '2012'],
  windows9guest: ['windows', '10'],
  windows9_64guest: ['windows', '10'],
  windows9server64guest: ['windows-server', '2016'],
  windows2019srv_64guest: ['windows-server', '2019'],
  windows2019srvnext_64guest: ['windows-server', '2022'],
  centos8_64guest: ['centos-stream', '8 or linux'],
  centos9_64guest: ['centos-stream', '9'],
};
/** `debian11_64Guest`, `rhel7Guest`. Of `centos64Guest` the number is no version, and finds none. */
const GUEST_ID = /^([a-z]{1,20})(\d{1,2})(?:_64)?guest$/;

/** What a guest's configuration says that it runs; null: nothing, or more than one release. */
export function matchConfigured(osType: string): ProductRelease | null {
  const type = osType.toLowerCase();
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known) return findProductRelease(...known);
  const [, name, version] = GUEST_ID.exec(type) ?? [];
  const product = PRODUCTS.find(({ guestId }) => guestId !== undefined && guestId === name);
  return product === undefined || version === undefined ? null : findRelease(product, version);
}
