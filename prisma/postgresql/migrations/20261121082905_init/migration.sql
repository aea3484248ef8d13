-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "meta" (
    "id" INTEGER NOT NULL,
    "epoch" TEXT COLLATE "C" NOT NULL,
    "rev" INTEGER NOT NULL,
    "lastHash" TEXT COLLATE "C" NOT NULL,
    "lastAt" TIMESTAMPTZ(3) NOT NULL,
    "maskKey" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "meta_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "providers" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "removedKey" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "removedAt" TIMESTAMPTZ(3),
    "isEnabled" BOOLEAN NOT NULL DEFAULT true,
    "type" TEXT COLLATE "C" NOT NULL,
    "endpoints" JSON NOT NULL,
    "tls" JSON NOT NULL,
    "credential" JSON NOT NULL,
    "identity" JSON,
    "permissions" JSON,
    "incompleteSince" JSON NOT NULL,
    "autoDiscover" BOOLEAN NOT NULL DEFAULT true,
    "discoverInterval" INTEGER,
    "discoverCron" TEXT COLLATE "C",
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastRunAt" TIMESTAMPTZ(3),
    "lastCompleteAt" TIMESTAMPTZ(3),
    "leaseHolder" TEXT COLLATE "C",
    "leaseSince" TIMESTAMPTZ(3),
    "leaseUntil" TIMESTAMPTZ(3),
    "leaseToken" INTEGER NOT NULL DEFAULT 0,
    "watchHolder" TEXT COLLATE "C",
    "watchSince" TIMESTAMPTZ(3),
    "watchUntil" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retryAt" TIMESTAMPTZ(3),
    "pausedAt" TIMESTAMPTZ(3),
    "pauseReason" TEXT COLLATE "C",

    CONSTRAINT "providers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoint_health" (
    "providerId" TEXT COLLATE "C" NOT NULL,
    "url" TEXT COLLATE "C" NOT NULL,
    "isConfigured" BOOLEAN NOT NULL,
    "node" TEXT COLLATE "C",
    "fingerprint" TEXT COLLATE "C",
    "lastOkAt" TIMESTAMPTZ(3),
    "lastFailedAt" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT COLLATE "C",
    "retryAt" TIMESTAMPTZ(3),

    CONSTRAINT "endpoint_health_pkey" PRIMARY KEY ("providerId","url")
);

-- CreateTable
CREATE TABLE "sync_runs" (
    "id" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "trigger" TEXT COLLATE "C" NOT NULL,
    "requested" JSON NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "scopes" JSON NOT NULL,
    "counts" JSON NOT NULL,
    "warnings" JSON NOT NULL,
    "error" JSON,
    "rev" INTEGER,

    CONSTRAINT "sync_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "nodes" (
    "id" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "version" TEXT COLLATE "C",
    "cpus" INTEGER,
    "memoryBytes" BIGINT,
    "document" JSON NOT NULL,
    "presence" TEXT COLLATE "C" NOT NULL,
    "presenceReason" TEXT COLLATE "C",
    "unobservableSince" TIMESTAMPTZ(3),
    "firstSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "goneAt" TIMESTAMPTZ(3),
    "cpu" DOUBLE PRECISION,
    "memoryUsedBytes" BIGINT,
    "diskBytes" BIGINT,
    "diskUsedBytes" BIGINT,
    "uptimeSeconds" BIGINT,

    CONSTRAINT "nodes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "guests" (
    "id" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "vmid" INTEGER NOT NULL,
    "node" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C",
    "status" TEXT COLLATE "C" NOT NULL,
    "isTemplate" BOOLEAN NOT NULL,
    "tags" JSON NOT NULL,
    "pool" TEXT COLLATE "C",
    "lock" TEXT COLLATE "C",
    "cpus" INTEGER,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,
    "osType" TEXT COLLATE "C",
    "document" JSON NOT NULL,
    "identity" JSON NOT NULL,
    "readSections" JSON NOT NULL,
    "changesSince" INTEGER NOT NULL,
    "uuid" TEXT COLLATE "C",
    "presence" TEXT COLLATE "C" NOT NULL,
    "presenceReason" TEXT COLLATE "C",
    "unobservableSince" TIMESTAMPTZ(3),
    "firstSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "goneAt" TIMESTAMPTZ(3),
    "previousId" TEXT COLLATE "C",

    CONSTRAINT "guests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "guest_telemetry" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "cpu" DOUBLE PRECISION,
    "memoryUsedBytes" BIGINT,
    "diskUsedBytes" BIGINT,
    "uptimeSeconds" BIGINT,
    "netInBytes" BIGINT,
    "netOutBytes" BIGINT,

    CONSTRAINT "guest_telemetry_pkey" PRIMARY KEY ("guestId")
);

-- CreateTable
CREATE TABLE "unobservable_spans" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3),
    "reason" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "unobservable_spans_pkey" PRIMARY KEY ("guestId","since")
);

-- CreateTable
CREATE TABLE "held_removals" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "firstHeldAt" TIMESTAMPTZ(3) NOT NULL,
    "runs" INTEGER NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "held_removals_pkey" PRIMARY KEY ("guestId")
);

-- CreateTable
CREATE TABLE "storages" (
    "id" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "type" TEXT COLLATE "C",
    "content" JSON NOT NULL,
    "isShared" BOOLEAN NOT NULL,
    "document" JSON NOT NULL,
    "presence" TEXT COLLATE "C" NOT NULL,
    "presenceReason" TEXT COLLATE "C",
    "unobservableSince" TIMESTAMPTZ(3),
    "firstSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "goneAt" TIMESTAMPTZ(3),

    CONSTRAINT "storages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage_on_nodes" (
    "storageId" TEXT COLLATE "C" NOT NULL,
    "node" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "totalBytes" BIGINT,
    "usedBytes" BIGINT,

    CONSTRAINT "storage_on_nodes_pkey" PRIMARY KEY ("storageId","node")
);

-- CreateTable
CREATE TABLE "tasks" (
    "providerId" TEXT COLLATE "C" NOT NULL,
    "upid" TEXT COLLATE "C" NOT NULL,
    "node" TEXT COLLATE "C" NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "targetId" TEXT COLLATE "C" NOT NULL,
    "vmid" INTEGER,
    "user" TEXT COLLATE "C" NOT NULL,
    "token" TEXT COLLATE "C",
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "state" TEXT COLLATE "C" NOT NULL,
    "exitStatus" TEXT COLLATE "C",

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("providerId","upid")
);

-- CreateTable
CREATE TABLE "log_entries" (
    "providerId" TEXT COLLATE "C" NOT NULL,
    "node" TEXT COLLATE "C" NOT NULL,
    "uid" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    "token" TEXT COLLATE "C",
    "tag" TEXT COLLATE "C" NOT NULL,
    "pid" INTEGER,
    "message" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "log_entries_pkey" PRIMARY KEY ("providerId","node","at","uid")
);

-- CreateTable
CREATE TABLE "texts" (
    "id" INTEGER NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "texts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "revisions" (
    "rev" INTEGER NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C",
    "runId" TEXT COLLATE "C",
    "at" BIGINT NOT NULL,
    "previousHash" TEXT COLLATE "C" NOT NULL,
    "changesDigest" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "detail" JSON,

    CONSTRAINT "revisions_pkey" PRIMARY KEY ("rev")
);

-- CreateTable
CREATE TABLE "changes" (
    "id" BIGINT NOT NULL,
    "resource" INTEGER NOT NULL,
    "label" INTEGER NOT NULL,
    "refId" INTEGER,
    "effectiveMs" BIGINT,
    "notBeforeMs" BIGINT,
    "ref" TEXT COLLATE "C",
    "patch" TEXT COLLATE "C",
    "digest" TEXT COLLATE "C",

    CONSTRAINT "changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "state_snapshots" (
    "resource" INTEGER NOT NULL,
    "rev" INTEGER NOT NULL,
    "resourceType" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "document" JSON NOT NULL,

    CONSTRAINT "state_snapshots_pkey" PRIMARY KEY ("resource","rev")
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
CREATE INDEX "changes_resource_id_idx" ON "changes"("resource", "id");

-- AddForeignKey
ALTER TABLE "endpoint_health" ADD CONSTRAINT "endpoint_health_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_runs" ADD CONSTRAINT "sync_runs_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "nodes" ADD CONSTRAINT "nodes_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guests" ADD CONSTRAINT "guests_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guest_telemetry" ADD CONSTRAINT "guest_telemetry_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "unobservable_spans" ADD CONSTRAINT "unobservable_spans_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "held_removals" ADD CONSTRAINT "held_removals_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storages" ADD CONSTRAINT "storages_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "storage_on_nodes" ADD CONSTRAINT "storage_on_nodes_storageId_fkey" FOREIGN KEY ("storageId") REFERENCES "storages"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "log_entries" ADD CONSTRAINT "log_entries_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
