/** What an entry is written for. */
export const IMPORT_FORMATS = ['ssh-config', 'ansible'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** How people log in. No secret: a key is the path of its file. */
export interface ImportLogin {
  user?: string;
  key?: string;
  port?: string;
  /** Of an Ansible inventory. */
  group?: string;
}

/** That people connect to a guest, and by which entry of which file. */
export interface ImportMark {
  /** The incarnation that was imported. */
  guestId: string;
  connectionId: string;
  /** The name of its entry. */
  name: string;
  format: ImportFormat;
  /** Path of the file. */
  target: string;
  /** As it was written last; null: none was known. */
  address: string | null;
  login: ImportLogin;
  importedAt: Date;
  importedBy: string;
  /** Its entry was taken out, and nobody is told of it any more. */
  archivedAt: Date | null;
}
