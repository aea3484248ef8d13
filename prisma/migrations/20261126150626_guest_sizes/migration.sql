-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_guests" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "providerId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "vmid" INTEGER NOT NULL,
    "node" TEXT NOT NULL,
    "name" TEXT,
    "status" TEXT NOT NULL,
    "isTemplate" BOOLEAN NOT NULL,
    "tags" JSONB NOT NULL,
    "pool" TEXT,
    "lock" TEXT,
    "cpus" REAL,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,
    "bootDiskBytes" BIGINT,
    "osType" TEXT,
    "document" JSONB NOT NULL,
    "identity" JSONB NOT NULL,
    "readSections" JSONB NOT NULL,
    "changesSince" INTEGER NOT NULL,
    "uuid" TEXT,
    "presence" TEXT NOT NULL,
    "presenceReason" TEXT,
    "unobservableSince" DATETIME,
    "firstSeenAt" DATETIME NOT NULL,
    "lastSeenAt" DATETIME NOT NULL,
    "goneAt" DATETIME,
    "previousId" TEXT,
    CONSTRAINT "guests_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_guests" ("changesSince", "cpus", "diskBytes", "document", "firstSeenAt", "goneAt", "id", "identity", "isTemplate", "kind", "lastSeenAt", "lock", "memoryBytes", "name", "node", "osType", "pool", "presence", "presenceReason", "previousId", "providerId", "readSections", "status", "tags", "unobservableSince", "uuid", "vmid") SELECT "changesSince", "cpus", "diskBytes", "document", "firstSeenAt", "goneAt", "id", "identity", "isTemplate", "kind", "lastSeenAt", "lock", "memoryBytes", "name", "node", "osType", "pool", "presence", "presenceReason", "previousId", "providerId", "readSections", "status", "tags", "unobservableSince", "uuid", "vmid" FROM "guests";
DROP TABLE "guests";
ALTER TABLE "new_guests" RENAME TO "guests";
CREATE INDEX "guests_providerId_vmid_idx" ON "guests"("providerId", "vmid");
CREATE INDEX "guests_uuid_idx" ON "guests"("uuid");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
