-- CreateTable
CREATE TABLE "meta" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "epoch" TEXT NOT NULL,
    "rev" INTEGER NOT NULL,
    "lastHash" TEXT NOT NULL,
    "lastAt" DATETIME NOT NULL,
    "maskKey" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "providers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "removedKey" TEXT NOT NULL DEFAULT '',
    "removedAt" DATETIME,
    "isEnabled" BOOLEAN NOT NULL DEFAULT true,
    "type" TEXT NOT NULL,
    "endpoints" JSONB NOT NULL,
    "tls" JSONB NOT NULL,
    "credential" JSONB NOT NULL,
    "identity" JSONB,
    "permissions" JSONB,
    "incompleteSince" JSONB NOT NULL,
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
    "pauseReason" TEXT
);

-- CreateTable
CREATE TABLE "endpoint_health" (
    "providerId" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "isConfigured" BOOLEAN NOT NULL,
    "node" TEXT,
    "fingerprint" TEXT,
    "lastOkAt" DATETIME,
    "lastFailedAt" DATETIME,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "retryAt" DATETIME,

    PRIMARY KEY ("providerId", "url"),
    CONSTRAINT "endpoint_health_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "sync_runs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "providerId" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "requested" JSONB NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "finishedAt" DATETIME NOT NULL,
    "outcome" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "counts" JSONB NOT NULL,
    "warnings" JSONB NOT NULL,
    "error" JSONB,
    "rev" INTEGER,
    CONSTRAINT "sync_runs_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "nodes" (
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
    CONSTRAINT "nodes_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "guests" (
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
    "cpus" INTEGER,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,
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

-- CreateTable
CREATE TABLE "guest_telemetry" (
    "guestId" TEXT NOT NULL PRIMARY KEY,
    "cpu" REAL,
    "memoryUsedBytes" BIGINT,
    "diskUsedBytes" BIGINT,
    "uptimeSeconds" BIGINT,
    "netInBytes" BIGINT,
    "netOutBytes" BIGINT,
    CONSTRAINT "guest_telemetry_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "unobservable_spans" (
    "guestId" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "until" DATETIME,
    "reason" TEXT NOT NULL,

    PRIMARY KEY ("guestId", "since"),
    CONSTRAINT "unobservable_spans_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "held_removals" (
    "guestId" TEXT NOT NULL PRIMARY KEY,
    "providerId" TEXT NOT NULL,
    "firstHeldAt" DATETIME NOT NULL,
    "runs" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    CONSTRAINT "held_removals_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "storages" (
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
    CONSTRAINT "storages_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "storage_on_nodes" (
    "storageId" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "totalBytes" BIGINT,
    "usedBytes" BIGINT,

    PRIMARY KEY ("storageId", "node"),
    CONSTRAINT "storage_on_nodes_storageId_fkey" FOREIGN KEY ("storageId") REFERENCES "storages" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "tasks" (
    "providerId" TEXT NOT NULL,
    "upid" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "targetId" TEXT NOT NULL,
    "vmid" INTEGER,
    "user" TEXT NOT NULL,
    "token" TEXT,
    "startedAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "state" TEXT NOT NULL,
    "exitStatus" TEXT,

    PRIMARY KEY ("providerId", "upid"),
    CONSTRAINT "tasks_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "log_entries" (
    "providerId" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "uid" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "user" TEXT NOT NULL,
    "token" TEXT,
    "tag" TEXT NOT NULL,
    "pid" INTEGER,
    "message" TEXT NOT NULL,

    PRIMARY KEY ("providerId", "node", "at", "uid"),
    CONSTRAINT "log_entries_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "texts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "text" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "revisions" (
    "rev" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "kind" TEXT NOT NULL,
    "providerId" TEXT,
    "runId" TEXT,
    "at" BIGINT NOT NULL,
    "previousHash" TEXT NOT NULL,
    "changesDigest" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "detail" JSONB
);

-- CreateTable
CREATE TABLE "changes" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "resource" INTEGER NOT NULL,
    "label" INTEGER NOT NULL,
    "refId" INTEGER,
    "effectiveMs" BIGINT,
    "notBeforeMs" BIGINT,
    "ref" TEXT,
    "patch" TEXT,
    "digest" TEXT
);

-- CreateTable
CREATE TABLE "state_snapshots" (
    "resource" INTEGER NOT NULL,
    "rev" INTEGER NOT NULL,
    "resourceType" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "document" JSONB NOT NULL,

    PRIMARY KEY ("resource", "rev")
);

-- CreateIndex
CREATE UNIQUE INDEX "providers_name_removedKey_key" ON "providers"("name", "removedKey");

-- CreateIndex
CREATE INDEX "sync_runs_providerId_finishedAt_idx" ON "sync_runs"("providerId", "finishedAt");

-- CreateIndex
CREATE INDEX "nodes_providerId_name_idx" ON "nodes"("providerId", "name");

-- CreateIndex
CREATE INDEX "guests_providerId_vmid_idx" ON "guests"("providerId", "vmid");

-- CreateIndex
CREATE INDEX "guests_uuid_idx" ON "guests"("uuid");

-- CreateIndex
CREATE INDEX "unobservable_spans_until_idx" ON "unobservable_spans"("until");

-- CreateIndex
CREATE INDEX "held_removals_providerId_idx" ON "held_removals"("providerId");

-- CreateIndex
CREATE INDEX "storages_providerId_name_idx" ON "storages"("providerId", "name");

-- CreateIndex
CREATE INDEX "tasks_providerId_node_startedAt_idx" ON "tasks"("providerId", "node", "startedAt");

-- CreateIndex
CREATE INDEX "tasks_providerId_endedAt_idx" ON "tasks"("providerId", "endedAt");

-- CreateIndex
CREATE INDEX "tasks_vmid_startedAt_idx" ON "tasks"("vmid", "startedAt");

-- CreateIndex
CREATE INDEX "tasks_startedAt_idx" ON "tasks"("startedAt");

-- CreateIndex
CREATE INDEX "log_entries_providerId_at_idx" ON "log_entries"("providerId", "at");

-- CreateIndex
CREATE UNIQUE INDEX "texts_text_key" ON "texts"("text");

-- CreateIndex
CREATE INDEX "revisions_at_idx" ON "revisions"("at");

-- CreateIndex
CREATE INDEX "changes_resource_idx" ON "changes"("resource");
