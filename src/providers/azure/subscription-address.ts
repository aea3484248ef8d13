/** What one address of a provider stands for. */
export interface SubscriptionAddress {
  /** Of Azure Resource Manager: `https://management.azure.com`. */
  origin: string;
  /** Of the login: `https://login.microsoftonline.com`. */
  authority: string;
  /** For whom a token is: `https://management.azure.com`. */
  resource: string;
  /** In lower case; null: all that the login sees. */
  subscription: string | null;
}

interface Cloud {
  authority: string;
  resource: string;
}

const PUBLIC_HOST = 'https://management.azure.com';
const CLOUDS: Readonly<Record<string, Cloud>> = {
  [PUBLIC_HOST]: { authority: 'https://login.microsoftonline.com', resource: PUBLIC_HOST },
  'https://management.chinacloudapi.cn': {
    authority: 'https://login.partner.microsoftonline.cn',
    resource: 'https://management.chinacloudapi.cn',
  },
  'https://management.usgovcloudapi.net': {
    authority: 'https://login.microsoftonline.us',
    resource: 'https://management.usgovcloudapi.net',
  },
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `all`, the id of a subscription, or either of another host as `https://HOST/subscriptions[/ID]`. null: it is none of them. */
export function parseAddress(text: string): string | null {
  const bare = text.trim().replace(/^\/subscriptions\//i, '');
  if (bare.toLowerCase() === 'all') return `${PUBLIC_HOST}/subscriptions`;
  if (GUID.test(bare)) return `${PUBLIC_HOST}/subscriptions/${bare.toLowerCase()}`;
  const address = readAddress(bare);
  return address === null ? null : addressText(address);
}

/** Of an address as {@link parseAddress} gives it. null: it is none. */
export function readAddress(url: string): SubscriptionAddress | null {
  if (!URL.canParse(url)) return null;
  const { protocol, origin, pathname, username, password, search, hash } = new URL(url);
  if (protocol !== 'https:' || `${username}${password}${search}${hash}` !== '') return null;
  const [empty, word, id, ...rest] = pathname.replace(/\/$/, '').split('/');
  const isWhole = empty === '' && word?.toLowerCase() === 'subscriptions' && rest.length === 0;
  if (!isWhole || (id !== undefined && !GUID.test(id))) return null;
  // Another host answers for both, as a gateway or a cloud of its own does.
  const cloud = CLOUDS[origin] ?? { authority: origin, resource: PUBLIC_HOST };
  return { origin, ...cloud, subscription: id?.toLowerCase() ?? null };
}

export function addressText({ origin, subscription }: SubscriptionAddress): string {
  return `${origin}/subscriptions${subscription === null ? '' : `/${subscription}`}`;
}
