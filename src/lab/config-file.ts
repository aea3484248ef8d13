import { createHash } from 'node:crypto';
import type { Config, LabGuest, Snapshot } from './model.ts';

/**
 * A guest's configuration file as the server writes it: what is in effect, what waits for a restart, the snapshots.
 * Source: qemu-server src/PVE/QemuServer.pm write_vm_config, pve-container src/PVE/LXC/Config.pm write_pct_config.
 */
function configFile(guest: LabGuest): string {
  const deleted = [...guest.pendingDelete].sort().join(',');
  const pending: Config = { ...(deleted !== '' && { delete: deleted }), ...guest.pending };
  const sections = [
    ...(Object.keys(pending).length > 0 ? [`\n[PENDING]\n${section(pending)}`] : []),
    ...[...guest.snapshots.values()].map((snapshot) => `\n[${snapshot.name}]\n${section(snapshotConfig(snapshot))}`),
  ];
  return section(guest.config) + sections.join('');
}

/** SHA-1 of the file. */
export function configDigest(guest: LabGuest): string {
  return createHash('sha1').update(configFile(guest)).digest('hex');
}

function snapshotConfig({ config, description, snaptime, parent }: Snapshot): Config {
  return { ...config, snaptime, ...(description !== '' && { description }), ...(parent !== null && { parent }) };
}

function section({ description = '', ...config }: Config): string {
  const comment = String(description).split('\n');
  while (comment.at(-1) === '') comment.pop();
  const lines = Object.keys(config)
    .sort()
    .map((key) => `${key}: ${valueText(key, config[key] ?? '')}\n`);
  return comment.map(encodeComment).join('') + lines.join('');
}

/** The file has the hash of a password where an answer has stars. */
function valueText(key: string, value: string | number): string {
  return key === 'cipassword' ? '$5$lab$0123456789' : String(value);
}

/** Colons and what is no printable ASCII are written as URLs do it. Source: pve-common src/PVE/Tools.pm encode_text. */
function encodeComment(line: string): string {
  const text = encodeURIComponent(Buffer.from(line).toString()).replace(
    /%(?:2[0-9A-F]|3[B-F]|40|5[B-F]|60|7[B-E])/g,
    decodeURIComponent,
  );
  return `#${text}\n`;
}
