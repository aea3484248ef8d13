-- AlterTable
ALTER TABLE "users" ADD COLUMN "accountKey" TEXT;

-- CreateTable
CREATE TABLE "panels" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "seal" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "lastReadAt" DATETIME,
    "lastCompleteAt" DATETIME,
    "lastCount" INTEGER,
    "lastIssue" TEXT
);

-- CreateTable
CREATE TABLE "panel_links" (
    "panelId" TEXT NOT NULL,
    "recordId" TEXT NOT NULL,
    "guestId" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "linkedBy" TEXT,
    "owner" TEXT,

    PRIMARY KEY ("panelId", "recordId"),
    CONSTRAINT "panel_links_panelId_fkey" FOREIGN KEY ("panelId") REFERENCES "panels" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "account_ids" (
    "system" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,

    PRIMARY KEY ("system", "value"),
    CONSTRAINT "account_ids_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "accounts" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "sealed_settings" (
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "document" JSONB NOT NULL,
    "seal" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL,

    PRIMARY KEY ("name", "version")
);

-- CreateTable
CREATE TABLE "findings" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "openKey" TEXT,
    "severity" TEXT NOT NULL,
    "panelName" TEXT NOT NULL,
    "guestId" TEXT,
    "recordId" TEXT,
    "accountKey" TEXT,
    "subject" TEXT NOT NULL,
    "evidence" JSONB NOT NULL,
    "firstSeenAt" DATETIME NOT NULL,
    "lastSeenAt" DATETIME NOT NULL,
    "closedAt" DATETIME,
    "closedWhy" TEXT,
    "acceptedBy" TEXT,
    "acceptedReason" TEXT,
    "acceptedUntil" DATETIME,
    "assignedTo" TEXT,
    "toldAt" DATETIME
);

-- CreateTable
CREATE TABLE "reconcile_runs" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountKey" TEXT,
    "panels" JSONB NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "finishedAt" DATETIME NOT NULL,
    "requestedBy" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "counts" JSONB NOT NULL,
    "issues" JSONB NOT NULL
);

-- CreateTable
CREATE TABLE "sightings" (
    "guestId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "fromHour" INTEGER NOT NULL,
    "toHour" INTEGER NOT NULL,
    "cpus" REAL,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,

    PRIMARY KEY ("guestId", "state", "fromHour")
);

-- CreateTable
CREATE TABLE "billing_proposals" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "openKey" TEXT,
    "state" TEXT NOT NULL,
    "accountKey" TEXT,
    "panelName" TEXT NOT NULL,
    "findingId" TEXT,
    "guestId" TEXT NOT NULL,
    "recordId" TEXT,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    "rate" TEXT,
    "amount" TEXT,
    "currency" TEXT,
    "priceVersion" INTEGER,
    "createdAt" DATETIME NOT NULL,
    "decidedAt" DATETIME,
    "decidedBy" TEXT,
    "rev" INTEGER
);

-- CreateTable
CREATE TABLE "servers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "guestId" TEXT NOT NULL,
    "accountKey" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "nativeId" TEXT NOT NULL,
    "package" TEXT,
    "cpus" REAL,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,
    "rev" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "transactions" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "serverId" TEXT NOT NULL,
    "guestId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "fromHour" INTEGER,
    "toHour" INTEGER,
    "rate" TEXT,
    "amount" TEXT,
    "currency" TEXT,
    "priceVersion" INTEGER,
    "proposalId" TEXT,
    "by" TEXT NOT NULL,
    "reason" TEXT,
    "rev" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "panels_name_key" ON "panels"("name");

-- CreateIndex
CREATE INDEX "panel_links_guestId_idx" ON "panel_links"("guestId");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_name_key" ON "accounts"("name");

-- CreateIndex
CREATE INDEX "account_ids_accountId_idx" ON "account_ids"("accountId");

-- CreateIndex
CREATE UNIQUE INDEX "findings_openKey_key" ON "findings"("openKey");

-- CreateIndex
CREATE INDEX "findings_closedAt_accountKey_idx" ON "findings"("closedAt", "accountKey");

-- CreateIndex
CREATE INDEX "findings_guestId_idx" ON "findings"("guestId");

-- CreateIndex
CREATE INDEX "reconcile_runs_accountKey_finishedAt_idx" ON "reconcile_runs"("accountKey", "finishedAt");

-- CreateIndex
CREATE UNIQUE INDEX "billing_proposals_openKey_key" ON "billing_proposals"("openKey");

-- CreateIndex
CREATE INDEX "billing_proposals_state_accountKey_idx" ON "billing_proposals"("state", "accountKey");

-- CreateIndex
CREATE INDEX "billing_proposals_guestId_idx" ON "billing_proposals"("guestId");

-- CreateIndex
CREATE UNIQUE INDEX "servers_guestId_key" ON "servers"("guestId");

-- CreateIndex
CREATE INDEX "servers_accountKey_idx" ON "servers"("accountKey");

-- CreateIndex
CREATE INDEX "transactions_serverId_idx" ON "transactions"("serverId");

-- CreateIndex
CREATE UNIQUE INDEX "transactions_rev_seq_key" ON "transactions"("rev", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "transactions_guestId_kind_fromHour_key" ON "transactions"("guestId", "kind", "fromHour");
