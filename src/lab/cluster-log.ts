export interface LabLogLine {
  node: string;
  uid: number;
  /** Epoch seconds. */
  time: number;
  user: string;
  tag: string;
  pid: number;
  /** Of syslog: 6 info, 3 error. */
  priority: number;
  message: string;
}

/** The ring buffer of pmxcfs is 8192 * 16 bytes (pve-cluster src/pmxcfs/logger.h). */
const RING_BYTES = 131_072;
const HEADER_BYTES = 40;
const DEFAULT_LINES = 50;

/** The cluster log: one ring for all nodes, with uids that each node counts for itself. */
export class ClusterLog {
  private readonly lines: LabLogLine[] = [];
  private readonly uids = new Map<string, number>();
  private bytes = 0;

  append(line: Omit<LabLogLine, 'uid'>): void {
    const uid = (this.uids.get(line.node) ?? 0) + 1;
    this.uids.set(line.node, uid);
    const stored = { ...line, uid };
    this.lines.push(stored);
    this.bytes += sizeOf(stored);
    let drop = 0;
    for (const old of this.lines) {
      if (this.bytes <= RING_BYTES) break;
      this.bytes -= sizeOf(old);
      drop += 1;
    }
    if (drop > 0) this.lines.splice(0, drop);
  }

  /** Newest first. `user`: only the lines of exactly this user or token. */
  list({ max, user }: { max?: number | undefined; user?: string | undefined }): LabLogLine[] {
    const seen = user === undefined ? this.lines : this.lines.filter((line) => line.user === user);
    return seen.slice(-(max ?? DEFAULT_LINES)).reverse();
  }
}

function sizeOf(line: LabLogLine): number {
  return HEADER_BYTES + line.node.length + line.user.length + line.tag.length + line.message.length;
}
