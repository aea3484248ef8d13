import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The CA as a file, written when it is first asked for. */
export class CaFile {
  private readonly pem: string;
  private folder: string | null = null;

  constructor(pem: string) {
    this.pem = pem;
  }

  path(): string {
    this.folder ??= mkdtempSync(join(tmpdir(), 'rollcall-lab-'));
    const file = join(this.folder, 'ca.pem');
    writeFileSync(file, this.pem);
    return file;
  }

  remove(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
    this.folder = null;
  }
}
