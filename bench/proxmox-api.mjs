// @ts-check
// The npm package proxmox-api in a loop, as its README shows it.
import { createRequire } from 'node:module';

const [url = '', token = '', folder = ''] = process.argv.slice(2);
const { default: proxmoxApi } = createRequire(`${folder}/`)('proxmox-api');
const { hostname, port } = new URL(url);
const [tokenID, tokenSecret] = token.split('=');
const proxmox = proxmoxApi({ host: hostname, port: Number(port), tokenID, tokenSecret });

for (const { node } of await proxmox.nodes.$get()) {
  const there = proxmox.nodes.$(node);
  for (const { vmid } of await there.qemu.$get({ full: true })) await there.qemu.$(vmid).config.$get();
  for (const { vmid } of await there.lxc.$get()) await there.lxc.$(vmid).config.$get();
}
