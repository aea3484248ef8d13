import type { Document } from './document.ts';

const MIB = 1024 * 1024;

/** What a guest is configured to have; null where its document does not say (defaults, an unlimited container). */
export interface ConfiguredSize {
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
}

/**
 * Sizes as configured, with changes that wait for a restart. The lists of a node tell what is running instead, which a
 * document of an earlier time could not say.
 */
export function configuredSize(document: Document): ConfiguredSize {
  const memoryMib = numberAt(document, 'memory');
  return {
    cpus: cpusOf(document),
    memoryBytes: memoryMib === null ? null : memoryMib * MIB,
    diskBytes: numberAt(document, 'rootfs.size') ?? bootDiskBytes(document),
  };
}

function cpusOf(document: Document): number | null {
  const cores = numberAt(document, 'cores');
  const sockets = numberAt(document, 'sockets');
  if (cores === null && sockets === null) return null;
  return (cores ?? 1) * (sockets ?? 1);
}

/** The first disk of the boot order, in either of its forms. */
function bootDiskBytes(document: Document): number | null {
  const order = document['boot.order'] ?? document['bootdisk'];
  if (typeof order !== 'string') return null;
  for (const disk of order.split(';')) {
    const sizeBytes = numberAt(document, `${disk}.size`);
    if (sizeBytes !== null) return sizeBytes;
  }
  return null;
}

function numberAt(document: Document, path: string): number | null {
  const value = document[path];
  return typeof value === 'number' ? value : null;
}
