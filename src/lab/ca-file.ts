import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../files/replace-file.ts';

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
    replaceFile(file, this.pemOf());
    return file;
  }

  remove(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
    this.folder = null;
  }
}
