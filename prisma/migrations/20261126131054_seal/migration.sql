-- AlterTable
ALTER TABLE "providers" ADD COLUMN "settingsRev" INTEGER;

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_meta" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "epoch" TEXT NOT NULL,
    "rev" INTEGER NOT NULL,
    "lastHash" TEXT NOT NULL,
    "lastAt" DATETIME NOT NULL,
    "keyId" TEXT NOT NULL DEFAULT '',
    "maskKey" TEXT NOT NULL DEFAULT ''
);
INSERT INTO "new_meta" ("epoch", "id", "lastAt", "lastHash", "maskKey", "rev") SELECT "epoch", "id", "lastAt", "lastHash", "maskKey", "rev" FROM "meta";
DROP TABLE "meta";
ALTER TABLE "new_meta" RENAME TO "meta";
CREATE TABLE "new_revisions" (
    "rev" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "format" INTEGER NOT NULL DEFAULT 1,
    "kind" TEXT NOT NULL,
    "providerId" TEXT,
    "runId" TEXT,
    "at" BIGINT NOT NULL,
    "previousHash" TEXT NOT NULL,
    "changesDigest" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "detail" JSONB
);
INSERT INTO "new_revisions" ("at", "changesDigest", "detail", "hash", "kind", "previousHash", "providerId", "rev", "runId") SELECT "at", "changesDigest", "detail", "hash", "kind", "previousHash", "providerId", "rev", "runId" FROM "revisions";
DROP TABLE "revisions";
ALTER TABLE "new_revisions" RENAME TO "revisions";
CREATE INDEX "revisions_at_idx" ON "revisions"("at");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
