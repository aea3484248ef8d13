/** The files that entries are written to. */
export const FILE_FORMATS = ['ssh-config', 'ansible'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** What an entry is written for; `web`: for no file, it was marked on the web page. */
export const IMPORT_FORMATS = [...FILE_FORMATS, 'web'] as const;
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
  /** Path of the file; empty for no file. */
  target: string;
  /** As it was written last; null: none was known. */
  address: string | null;
  login: ImportLogin;
  importedAt: Date;
  importedBy: string;
  /** Its entry was taken out, and nobody is told of it any more. */
  archivedAt: Date | null;
}
