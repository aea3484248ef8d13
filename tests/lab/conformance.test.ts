import { describe, expect, it } from '@jest/globals';
import { keySpec, keyType } from '../../src/lab/config-keys.ts';
import { isAtLeast, RELEASES, type Release } from '../../src/lab/release.ts';
import { declaredParameters, type Route, Router } from '../../src/lab/router.ts';
import { ROUTES } from '../../src/lab/routes/all.ts';
import { askEverything } from './every-get.ts';
import { openLab } from './labs.ts';
import { compileReturns, type Endpoint, readSchema, specDifference } from './schema.ts';

const folder = process.env['PVE_API_SCHEMA_DIR'];
const described = folder === undefined ? describe.skip : describe;
const note = folder === undefined ? ' (skipped: PVE_API_SCHEMA_DIR is not set)' : '';
const releases = Object.keys(RELEASES) as Release[];

const NO_ENDPOINT: Endpoint = { parameters: {}, returns: {} };

function endpointOf(route: Route): string {
  return `${route.method} ${route.path}`;
}

function servedIn(release: Release): Route[] {
  return ROUTES.filter((route) => isAtLeast(release, route.since ?? '7.4'));
}

function optional(spec: string | undefined): string | undefined {
  return spec === undefined ? undefined : `${spec}?`;
}

/** Patterns that the lab does not look at: it keeps such values as they are. Of keys neither are formats. */
const UNCHECKED =
  /^(?:machine|bootdisk|parallel\[n\]|serial\[n\]|startdate|vmgenid|entrypoint|env|job-id|nets-host-mtu)$/;

function isUnchecked(name: string, found: string): boolean {
  return found.startsWith('pattern') && UNCHECKED.test(name);
}

/** Where real servers answer otherwise than the vendor declares. */
const CONTRADICTIONS: readonly { release?: Release; route: string; at: RegExp; seenIn: string }[] = [
  { route: '/cluster/nextid', at: /^$/, seenIn: 'standalone/cluster_nextid.json: a string' },
  {
    route: '/nodes/{node}/qemu/{vmid}/pending',
    at: /^\/\d+\/(value|pending)$/,
    seenIn: 'standalone/qemu_100_running_no_agent_pending.json: numbers',
  },
  {
    route: '/nodes/{node}/lxc/{vmid}/pending',
    at: /^\/\d+\/(value|pending)$/,
    seenIn: 'standalone/lxc_200_pending.json: numbers',
  },
  {
    route: '/nodes/{node}/lxc/{vmid}/interfaces',
    at: /^(\/\d+\/ip-addresses\/\d+\/prefix)?$/,
    seenIn: 'standalone/lxc_200_interfaces.json: a string; standalone/life_lxc_interfaces_stopped.json: null',
  },
  {
    route: '/nodes/{node}/storage/{storage}/content',
    at: /^\/\d+\/parent$/,
    seenIn: 'standalone/node_storage_content_local.json: null',
  },
  {
    release: '7.4',
    route: '/nodes/{node}/lxc',
    at: /^\/\d+\/vmid$/,
    seenIn: 'not recorded; influxdata/telegraf#9938: a string until 7',
  },
];

function isKnown(release: Release, route: string, at: string): boolean {
  return CONTRADICTIONS.some((one) => one.route === route && one.at.test(at) && (one.release ?? release) === release);
}

described(`the vendor's schema${note}`, () => {
  it.each(releases)('%s declares every endpoint and parameter that the lab serves', (release) => {
    const { endpoints } = readSchema(folder ?? '', release);
    const unknown = servedIn(release).flatMap((route) => {
      const declared = endpoints[endpointOf(route)];
      if (!declared) return [endpointOf(route)];
      const names = Object.keys(declaredParameters(route, release));
      return names.filter((name) => !declared.parameters[name]).map((name) => `${endpointOf(route)} ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  it.each(releases)('%s requires no parameter that the lab does not know', (release) => {
    const { endpoints } = readSchema(folder ?? '', release);
    const missing = servedIn(release).flatMap((route) => {
      const known = declaredParameters(route, release);
      const required = Object.entries(endpoints[endpointOf(route)]?.parameters ?? {}).filter(
        ([, spec]) => !spec.optional,
      );
      return required.filter(([name]) => known[name] === undefined).map(([name]) => `${endpointOf(route)} ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it.each(releases)('%s: every write takes the parameters that are declared, each as it is declared', (release) => {
    const { endpoints } = readSchema(folder ?? '', release);
    const writes = servedIn(release).filter(({ method }) => method !== 'GET');
    expect(writes.length).toBeGreaterThan(50);
    const wrong = writes.flatMap((route) => {
      const own = declaredParameters(route, release);
      const kind = route.path.includes('/lxc') ? 'lxc' : 'qemu';
      return Object.entries(endpoints[endpointOf(route)]?.parameters ?? {}).flatMap(([name, declared]) => {
        const key = name.replace('[n]', '0');
        const taken = own[name] ?? (route.takesConfig ? optional(keySpec(kind, key, release)) : undefined);
        const found =
          taken === undefined ? 'missing' : specDifference(taken, declared, route.path.includes(`{${name}}`));
        const isKey = own[name] === undefined;
        return found === null || (isKey && found.startsWith('format: none')) || isUnchecked(name, found)
          ? []
          : [`${endpointOf(route)} ${name}: ${found}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  it.each(releases)('%s: what came later is not served', (release) => {
    const { endpoints } = readSchema(folder ?? '', release);
    const later = ROUTES.filter((route) => route.since && !isAtLeast(release, route.since));
    expect(later.filter((route) => endpoints[endpointOf(route)])).toEqual([]);
    const router = new Router(ROUTES, release);
    for (const route of later) expect(() => router.match(route.method, route.path)).toThrow(/not implemented/);
  });

  it('6.4 has the endpoints that a listing of guests, tasks and configurations needs', () => {
    const { endpoints } = readSchema(folder ?? '', '6.4');
    const missing = ROUTES.filter((route) => route.method === 'GET' && !route.since && !endpoints[endpointOf(route)]);
    expect(missing.map(endpointOf)).toEqual([]);
  });

  it.each([
    ['qemu', 'PUT /nodes/{node}/qemu/{vmid}/config'],
    ['lxc', 'PUT /nodes/{node}/lxc/{vmid}/config'],
  ] as const)('every configuration key of %s is accepted, with the declared type', (kind, endpoint) => {
    const { parameters } = readSchema(folder ?? '', '9.2').endpoints[endpoint] ?? NO_ENDPOINT;
    const options = new Set(['node', 'vmid', 'delete', 'revert', 'digest', 'skiplock', 'force']);
    const wrong = Object.entries(parameters).flatMap(([name, spec]) => {
      const declared = spec.pveType ?? spec.type;
      const own = keyType(kind, name.replace('[n]', '0'));
      return options.has(name) || own === declared ? [] : [`${name}: ${String(declared)}, not ${own}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(releases)('%s: every answer is what the vendor declares, but for known contradictions', async (release) => {
    const { endpoints } = readSchema(folder ?? '', release);
    const lab = await openLab({ release });
    lab.as('root@pam!lab').backup(100);
    lab.as('root@pam!lab').setConfig(100, { memory: 2048 });
    const wrong = new Set<string>();
    const contradicted = new Set<string>();
    for (const reply of await askEverything(lab, release)) {
      // Only a system that runs can be asked.
      if (/\/agent\/[\w-]+$/.test(reply.route) && /^VM \d+ is not running$/.test(reply.reason)) continue;
      if (reply.status !== 200) {
        wrong.add(`${reply.route}: ${reply.status} ${reply.reason}`);
        continue;
      }
      const endpoint = endpoints[`GET ${reply.route}`];
      if (!endpoint) continue;
      const validate = compileReturns(endpoint);
      if (validate(reply.json['data'])) continue;
      for (const error of validate.errors ?? []) {
        const isExpected = isKnown(release, reply.route, error.instancePath);
        (isExpected ? contradicted : wrong).add(
          isExpected ? reply.route : `${reply.route} ${error.instancePath} ${error.message}`,
        );
      }
    }
    const groups = '/cluster/ha/groups: 500 cannot index groups: ha groups have been migrated to rules';
    expect([...wrong]).toEqual(release === '9.2' ? [groups] : []);
    const expected = CONTRADICTIONS.filter((one) => (one.release ?? release) === release).map((one) => one.route);
    const served = expected.filter((path) =>
      ROUTES.some((route) => route.path === path && isAtLeast(release, route.since ?? '7.4')),
    );
    expect([...contradicted].sort()).toEqual(served.sort());
  });
});
