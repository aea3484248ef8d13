-- CreateTable
CREATE TABLE "feed_head" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "version" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "feed_versions" (
    "version" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "providerId" TEXT,
    "seq" INTEGER,
    "at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "operations" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "providerId" TEXT,
    "providerName" TEXT,
    "parameters" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "openKey" TEXT,
    "runningKey" TEXT,
    "requestedBy" TEXT NOT NULL,
    "requestedVia" TEXT NOT NULL,
    "requestedAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "holder" TEXT,
    "holderUntil" DATETIME,
    "progress" JSONB,
    "result" JSONB,
    "error" JSONB,
    "cancelledBy" TEXT,
    "cancelledAt" DATETIME,
    "alsoAskedBy" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "displayName" TEXT,
    "role" TEXT NOT NULL,
    "scope" JSONB,
    "passwordHash" TEXT,
    "inviteHash" TEXT,
    "inviteUntil" DATETIME,
    "issuer" TEXT,
    "subject" TEXT,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "disabledAt" DATETIME,
    "lastLoginAt" DATETIME
);

-- CreateTable
CREATE TABLE "user_sessions" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "address" TEXT NOT NULL,
    CONSTRAINT "user_sessions_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "api_tokens" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "scope" JSONB,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "expiresAt" DATETIME,
    "lastUsedAt" DATETIME,
    "revokedAt" DATETIME,
    CONSTRAINT "api_tokens_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "login_delays" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "failures" INTEGER NOT NULL,
    "lastAt" DATETIME NOT NULL,
    "until" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "action_records" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "actor" TEXT NOT NULL,
    "via" TEXT NOT NULL,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "detail" JSONB,
    "outcome" TEXT NOT NULL
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_providers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "removedKey" TEXT NOT NULL DEFAULT '',
    "removedAt" DATETIME,
    "isEnabled" BOOLEAN NOT NULL DEFAULT true,
    "type" TEXT NOT NULL,
    "endpoints" JSONB NOT NULL,
    "tls" JSONB NOT NULL,
    "credential" JSONB NOT NULL,
    "settingsRev" INTEGER,
    "identity" JSONB,
    "permissions" JSONB,
    "incompleteSince" JSONB NOT NULL,
    "backupJobs" JSONB,
    "backupJobsAt" DATETIME,
    "autoDiscover" BOOLEAN NOT NULL DEFAULT true,
    "discoverInterval" INTEGER,
    "discoverCron" TEXT,
    "createdAt" DATETIME NOT NULL,
    "lastRunAt" DATETIME,
    "lastCompleteAt" DATETIME,
    "leaseHolder" TEXT,
    "leaseSince" DATETIME,
    "leaseUntil" DATETIME,
    "leaseToken" INTEGER NOT NULL DEFAULT 0,
    "watchHolder" TEXT,
    "watchSince" DATETIME,
    "watchUntil" DATETIME,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retryAt" DATETIME,
    "pausedAt" DATETIME,
    "pauseReason" TEXT,
    "seq" INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "new_providers" ("autoDiscover", "backupJobs", "backupJobsAt", "createdAt", "credential", "discoverCron", "discoverInterval", "endpoints", "failures", "id", "identity", "incompleteSince", "isEnabled", "lastCompleteAt", "lastRunAt", "leaseHolder", "leaseSince", "leaseToken", "leaseUntil", "name", "pauseReason", "pausedAt", "permissions", "removedAt", "removedKey", "retryAt", "settingsRev", "tls", "type", "watchHolder", "watchSince", "watchUntil") SELECT "autoDiscover", "backupJobs", "backupJobsAt", "createdAt", "credential", "discoverCron", "discoverInterval", "endpoints", "failures", "id", "identity", "incompleteSince", "isEnabled", "lastCompleteAt", "lastRunAt", "leaseHolder", "leaseSince", "leaseToken", "leaseUntil", "name", "pauseReason", "pausedAt", "permissions", "removedAt", "removedKey", "retryAt", "settingsRev", "tls", "type", "watchHolder", "watchSince", "watchUntil" FROM "providers";
DROP TABLE "providers";
ALTER TABLE "new_providers" RENAME TO "providers";
CREATE UNIQUE INDEX "providers_name_removedKey_key" ON "providers"("name", "removedKey");
CREATE TABLE "new_nodes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "providerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "version" TEXT,
    "cpus" INTEGER,
    "memoryBytes" BIGINT,
    "document" JSONB NOT NULL,
    "presence" TEXT NOT NULL,
    "presenceReason" TEXT,
    "unobservableSince" DATETIME,
    "firstSeenAt" DATETIME NOT NULL,
    "lastSeenAt" DATETIME NOT NULL,
    "goneAt" DATETIME,
    "cpu" REAL,
    "memoryUsedBytes" BIGINT,
    "diskBytes" BIGINT,
    "diskUsedBytes" BIGINT,
    "uptimeSeconds" BIGINT,
    "seq" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "nodes_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_nodes" ("cpu", "cpus", "diskBytes", "diskUsedBytes", "document", "firstSeenAt", "goneAt", "id", "lastSeenAt", "memoryBytes", "memoryUsedBytes", "name", "presence", "presenceReason", "providerId", "status", "unobservableSince", "uptimeSeconds", "version") SELECT "cpu", "cpus", "diskBytes", "diskUsedBytes", "document", "firstSeenAt", "goneAt", "id", "lastSeenAt", "memoryBytes", "memoryUsedBytes", "name", "presence", "presenceReason", "providerId", "status", "unobservableSince", "uptimeSeconds", "version" FROM "nodes";
DROP TABLE "nodes";
ALTER TABLE "new_nodes" RENAME TO "nodes";
CREATE INDEX "nodes_providerId_name_idx" ON "nodes"("providerId", "name");
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
    "seq" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "guests_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_guests" ("bootDiskBytes", "changesSince", "cpus", "diskBytes", "document", "firstSeenAt", "goneAt", "id", "identity", "isTemplate", "kind", "lastSeenAt", "lock", "memoryBytes", "name", "nativeId", "node", "osType", "pool", "presence", "presenceReason", "previousId", "providerId", "readSections", "status", "tags", "unobservableSince", "uuid", "vmid") SELECT "bootDiskBytes", "changesSince", "cpus", "diskBytes", "document", "firstSeenAt", "goneAt", "id", "identity", "isTemplate", "kind", "lastSeenAt", "lock", "memoryBytes", "name", "nativeId", "node", "osType", "pool", "presence", "presenceReason", "previousId", "providerId", "readSections", "status", "tags", "unobservableSince", "uuid", "vmid" FROM "guests";
DROP TABLE "guests";
ALTER TABLE "new_guests" RENAME TO "guests";
CREATE INDEX "guests_providerId_vmid_nativeId_idx" ON "guests"("providerId", "vmid", "nativeId");
CREATE INDEX "guests_providerId_nativeId_idx" ON "guests"("providerId", "nativeId");
CREATE INDEX "guests_providerId_seq_idx" ON "guests"("providerId", "seq");
CREATE INDEX "guests_uuid_idx" ON "guests"("uuid");
CREATE TABLE "new_storages" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "providerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT,
    "content" JSONB NOT NULL,
    "isShared" BOOLEAN NOT NULL,
    "document" JSONB NOT NULL,
    "presence" TEXT NOT NULL,
    "presenceReason" TEXT,
    "unobservableSince" DATETIME,
    "firstSeenAt" DATETIME NOT NULL,
    "lastSeenAt" DATETIME NOT NULL,
    "goneAt" DATETIME,
    "seq" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "storages_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_storages" ("content", "document", "firstSeenAt", "goneAt", "id", "isShared", "lastSeenAt", "name", "presence", "presenceReason", "providerId", "type", "unobservableSince") SELECT "content", "document", "firstSeenAt", "goneAt", "id", "isShared", "lastSeenAt", "name", "presence", "presenceReason", "providerId", "type", "unobservableSince" FROM "storages";
DROP TABLE "storages";
ALTER TABLE "new_storages" RENAME TO "storages";
CREATE INDEX "storages_providerId_name_idx" ON "storages"("providerId", "name");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "feed_versions_providerId_version_idx" ON "feed_versions"("providerId", "version");

-- CreateIndex
CREATE UNIQUE INDEX "operations_openKey_key" ON "operations"("openKey");

-- CreateIndex
CREATE UNIQUE INDEX "operations_runningKey_key" ON "operations"("runningKey");

-- CreateIndex
CREATE INDEX "operations_version_idx" ON "operations"("version");

-- CreateIndex
CREATE INDEX "operations_state_requestedAt_idx" ON "operations"("state", "requestedAt");

-- CreateIndex
CREATE INDEX "operations_providerId_requestedAt_idx" ON "operations"("providerId", "requestedAt");

-- CreateIndex
CREATE UNIQUE INDEX "users_name_key" ON "users"("name");

-- CreateIndex
CREATE UNIQUE INDEX "users_inviteHash_key" ON "users"("inviteHash");

-- CreateIndex
CREATE UNIQUE INDEX "users_issuer_subject_key" ON "users"("issuer", "subject");

-- CreateIndex
CREATE INDEX "user_sessions_userId_idx" ON "user_sessions"("userId");

-- CreateIndex
CREATE INDEX "user_sessions_expiresAt_idx" ON "user_sessions"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_hash_key" ON "api_tokens"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_userId_name_key" ON "api_tokens"("userId", "name");

-- CreateIndex
CREATE INDEX "action_records_at_idx" ON "action_records"("at");

-- AlterTable
ALTER TABLE "providers" ADD COLUMN "credentialEndsAt" DATETIME;
ALTER TABLE "providers" ADD COLUMN "credentialName" TEXT;
ALTER TABLE "providers" ADD COLUMN "credentialReadAt" DATETIME;

-- AlterTable
ALTER TABLE "endpoint_health" ADD COLUMN "certificateEndsAt" DATETIME;
