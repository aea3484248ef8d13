export type DatabaseProvider = 'sqlite' | 'postgresql';

/** One of the migrations in prisma/, embedded in the program by scripts/gen.mjs. */
export interface Migration {
  readonly name: string;
  readonly checksum: string;
  readonly sql: string;
}
