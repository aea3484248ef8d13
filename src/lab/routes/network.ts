import type { LabNode } from '../model.ts';
import { isAtLeast } from '../release.ts';
import type { Call, Route } from '../router.ts';
import { may, nodeOf } from '../router.ts';
import type { Row } from '../views/resources.ts';

const TYPES = 'bridge|bond|eth|alias|vlan|OVSBridge|OVSBond|OVSPort|OVSIntPort|any_bridge?';

export const networkRoutes: readonly Route[] = [
  { method: 'GET', path: '/nodes/{node}/network', parameters: { type: TYPES }, handle: listInterfaces },
];

/** From 8 on a bridge is shown to whoever may see or use it. Source: pve-manager PVE/API2/Network.pm index. */
function listInterfaces(call: Call): Row[] {
  const { type } = call.parameters;
  const isSeen = (bridge: string): boolean =>
    !isAtLeast(call.cluster.release, '8.4') ||
    ['SDN.Audit', 'SDN.Use'].some((privilege) => may(call, `/sdn/zones/localnetwork/${bridge}`, privilege));
  const node = nodeOf(call);
  const bridges = node.bridges.filter(isSeen).map((iface, index) => bridgeRow(node, iface, index));
  const all: Row[] = [ethernetRow(), ...bridges];
  return type === undefined ? all : all.filter((row) => row['type'] === (type === 'any_bridge' ? 'bridge' : type));
}

const MANUAL = { families: ['inet'], method6: 'manual', active: 1 };

function ethernetRow(): Row {
  return { ...MANUAL, iface: 'eno1', type: 'eth', method: 'manual', priority: 3 };
}

function bridgeRow({ ip }: LabNode, iface: string, index: number): Row {
  const row = {
    ...MANUAL,
    iface,
    type: 'bridge',
    priority: 4 + index,
    autostart: 1,
    bridge_fd: '0',
    bridge_stp: 'off',
  };
  if (index > 0) return { ...row, method: 'manual', bridge_ports: '' };
  return { ...row, method: 'static', bridge_ports: 'eno1', address: ip, netmask: '24', cidr: `${ip}/24` };
}
