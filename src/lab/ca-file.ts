import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The CA as a file, written when it is asked for. */
export class CaFile {
  private readonly pemOf: () => string;
  private folder: string | null = null;

  constructor(pemOf: () => string) {
    this.pemOf = pemOf;
  }

  path(): string {
    this.folder ??= mkdtempSync(join(tmpdir(), 'rollcall-lab-'));
    const file = join(this.folder, 'ca.pem');
    writeFileSync(file, this.pemOf());
    return file;
  }

  remove(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
    this.folder = null;
  }
}
