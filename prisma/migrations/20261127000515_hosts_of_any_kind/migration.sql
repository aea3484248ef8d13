-- CreateTable
CREATE TABLE "audit_records" (
    "providerId" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "verb" TEXT NOT NULL,
    "native" TEXT NOT NULL,
    "target" TEXT,
    "targetName" TEXT,
    "place" TEXT,
    "actor" TEXT,
    "credential" TEXT,
    "at" DATETIME NOT NULL,
    "outcome" TEXT NOT NULL,
    "sets" JSONB,
    "touches" JSONB,

    PRIMARY KEY ("providerId", "ref"),
    CONSTRAINT "audit_records_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_guests" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "providerId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "nativeId" TEXT NOT NULL,
    "vmid" INTEGER,
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
INSERT INTO "new_guests" ("nativeId", "bootDiskBytes", "changesSince", "cpus", "diskBytes", "document", "firstSeenAt", "goneAt", "id", "identity", "isTemplate", "kind", "lastSeenAt", "lock", "memoryBytes", "name", "node", "osType", "pool", "presence", "presenceReason", "previousId", "providerId", "readSections", "status", "tags", "unobservableSince", "uuid", "vmid") SELECT CAST("vmid" AS TEXT), "bootDiskBytes", "changesSince", "cpus", "diskBytes", "document", "firstSeenAt", "goneAt", "id", "identity", "isTemplate", "kind", "lastSeenAt", "lock", "memoryBytes", "name", "node", "osType", "pool", "presence", "presenceReason", "previousId", "providerId", "readSections", "status", "tags", "unobservableSince", "uuid", "vmid" FROM "guests";
DROP TABLE "guests";
ALTER TABLE "new_guests" RENAME TO "guests";
CREATE INDEX "guests_providerId_vmid_nativeId_idx" ON "guests"("providerId", "vmid", "nativeId");
CREATE INDEX "guests_uuid_idx" ON "guests"("uuid");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "audit_records_providerId_at_idx" ON "audit_records"("providerId", "at");
