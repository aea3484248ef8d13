-- AlterTable
ALTER TABLE "users" ADD COLUMN     "accountKey" TEXT COLLATE "C";

-- CreateTable
CREATE TABLE "panels" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "settings" JSON NOT NULL,
    "seal" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastReadAt" TIMESTAMPTZ(3),
    "lastCompleteAt" TIMESTAMPTZ(3),
    "lastCount" INTEGER,
    "lastIssue" TEXT COLLATE "C",

    CONSTRAINT "panels_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "panel_links" (
    "panelId" TEXT COLLATE "C" NOT NULL,
    "recordId" TEXT COLLATE "C" NOT NULL,
    "guestId" TEXT COLLATE "C" NOT NULL,
    "by" TEXT COLLATE "C" NOT NULL,
    "digest" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "linkedBy" TEXT COLLATE "C",
    "owner" TEXT COLLATE "C",

    CONSTRAINT "panel_links_pkey" PRIMARY KEY ("panelId","recordId")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account_ids" (
    "system" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,
    "accountId" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "account_ids_pkey" PRIMARY KEY ("system","value")
);

-- CreateTable
CREATE TABLE "sealed_settings" (
    "name" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "document" JSON NOT NULL,
    "seal" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMPTZ(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "sealed_settings_pkey" PRIMARY KEY ("name","version")
);

-- CreateTable
CREATE TABLE "findings" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "openKey" TEXT COLLATE "C",
    "severity" TEXT COLLATE "C" NOT NULL,
    "panelName" TEXT COLLATE "C" NOT NULL,
    "guestId" TEXT COLLATE "C",
    "recordId" TEXT COLLATE "C",
    "accountKey" TEXT COLLATE "C",
    "subject" TEXT COLLATE "C" NOT NULL,
    "evidence" JSON NOT NULL,
    "firstSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL,
    "closedAt" TIMESTAMPTZ(3),
    "closedWhy" TEXT COLLATE "C",
    "acceptedBy" TEXT COLLATE "C",
    "acceptedReason" TEXT COLLATE "C",
    "acceptedUntil" TIMESTAMPTZ(3),
    "assignedTo" TEXT COLLATE "C",
    "toldAt" TIMESTAMPTZ(3),

    CONSTRAINT "findings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reconcile_runs" (
    "id" TEXT COLLATE "C" NOT NULL,
    "accountKey" TEXT COLLATE "C",
    "panels" JSON NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3) NOT NULL,
    "requestedBy" TEXT COLLATE "C" NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "counts" JSON NOT NULL,
    "issues" JSON NOT NULL,

    CONSTRAINT "reconcile_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sightings" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "fromHour" INTEGER NOT NULL,
    "toHour" INTEGER NOT NULL,
    "cpus" DOUBLE PRECISION,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,

    CONSTRAINT "sightings_pkey" PRIMARY KEY ("guestId","state","fromHour")
);

-- CreateTable
CREATE TABLE "billing_proposals" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "openKey" TEXT COLLATE "C",
    "state" TEXT COLLATE "C" NOT NULL,
    "accountKey" TEXT COLLATE "C",
    "panelName" TEXT COLLATE "C" NOT NULL,
    "findingId" TEXT COLLATE "C",
    "guestId" TEXT COLLATE "C" NOT NULL,
    "recordId" TEXT COLLATE "C",
    "subject" TEXT COLLATE "C" NOT NULL,
    "detail" JSON NOT NULL,
    "rate" TEXT COLLATE "C",
    "amount" TEXT COLLATE "C",
    "currency" TEXT COLLATE "C",
    "priceVersion" INTEGER,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "decidedAt" TIMESTAMPTZ(3),
    "decidedBy" TEXT COLLATE "C",
    "rev" INTEGER,

    CONSTRAINT "billing_proposals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "servers" (
    "id" TEXT COLLATE "C" NOT NULL,
    "guestId" TEXT COLLATE "C" NOT NULL,
    "accountKey" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "nativeId" TEXT COLLATE "C" NOT NULL,
    "package" TEXT COLLATE "C",
    "cpus" DOUBLE PRECISION,
    "memoryBytes" BIGINT,
    "diskBytes" BIGINT,
    "rev" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "servers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transactions" (
    "id" TEXT COLLATE "C" NOT NULL,
    "serverId" TEXT COLLATE "C" NOT NULL,
    "guestId" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "fromHour" INTEGER,
    "toHour" INTEGER,
    "rate" TEXT COLLATE "C",
    "amount" TEXT COLLATE "C",
    "currency" TEXT COLLATE "C",
    "priceVersion" INTEGER,
    "proposalId" TEXT COLLATE "C",
    "by" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C",
    "rev" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transactions_pkey" PRIMARY KEY ("id")
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

-- AddForeignKey
ALTER TABLE "panel_links" ADD CONSTRAINT "panel_links_panelId_fkey" FOREIGN KEY ("panelId") REFERENCES "panels"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account_ids" ADD CONSTRAINT "account_ids_accountId_fkey" FOREIGN KEY ("accountId") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
