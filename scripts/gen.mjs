// @ts-check
// Derives the PostgreSQL schema, generates both Prisma clients, src/generated/migrations.ts and src/generated/tables.ts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { deriveTables } from './derive-tables.mjs';
import { derivePostgres, prismaDir, providers, readMigrations, root } from './prisma-lib.mjs';

const sqlite = readFileSync(path.join(prismaDir('sqlite'), 'schema.prisma'), 'utf8');
mkdirSync(prismaDir('postgresql'), { recursive: true });
writeFileSync(path.join(prismaDir('postgresql'), 'schema.prisma'), derivePostgres(sqlite));

const out = path.join(root, 'src/generated');
rmSync(out, { recursive: true, force: true });

const require = createRequire(import.meta.url);
const cli = path.join(path.dirname(require.resolve('prisma/package.json')), 'build/index.js');
for (const provider of providers) {
  const { status } = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      DB_PROVIDER: provider,
      // `prisma generate` does not use the schema engine, but downloads it when this is unset.
      PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ?? process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (status !== 0) process.exit(status ?? 1);
}

const body = providers
  .map((p) => `export const ${p}: readonly Migration[] = ${JSON.stringify(readMigrations(p), null, 2)};\n`)
  .join('\n');
writeFileSync(
  path.join(out, 'migrations.ts'),
  `// Made by scripts/gen.mjs from prisma/**/migrations. Do not edit.\nimport type { Migration } from '../types/migration.ts';\n\n${body}`,
);

const tables = deriveTables(derivePostgres(sqlite));
writeFileSync(
  path.join(out, 'tables.ts'),
  `// Made by scripts/gen.mjs from prisma/schema.prisma. Do not edit.\nimport type { UpsertSpec } from '../repositories/db/dialect.ts';\n\n/** Every table, after those that its rows refer to. */\nexport const TABLES = ${JSON.stringify(tables, null, 2)} as const satisfies readonly UpsertSpec[];\n`,
);
