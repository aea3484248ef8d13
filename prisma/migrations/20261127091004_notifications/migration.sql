-- CreateTable
CREATE TABLE "notifiers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "seal" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "pausedAt" DATETIME,
    "rev" INTEGER NOT NULL,
    "runsAt" DATETIME NOT NULL,
    "leaseHolder" TEXT,
    "leaseSince" DATETIME,
    "leaseUntil" DATETIME,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retryAt" DATETIME,
    "error" TEXT
);

-- CreateTable
CREATE TABLE "notifier_messages" (
    "notifierId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "notBefore" DATETIME,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attemptedAt" DATETIME,
    "deliveredAt" DATETIME,
    "error" TEXT,

    PRIMARY KEY ("notifierId", "id"),
    CONSTRAINT "notifier_messages_notifierId_fkey" FOREIGN KEY ("notifierId") REFERENCES "notifiers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "notifiers_name_key" ON "notifiers"("name");

-- CreateIndex
CREATE INDEX "notifier_messages_notifierId_state_seq_idx" ON "notifier_messages"("notifierId", "state", "seq");

-- CreateIndex
CREATE INDEX "notifier_messages_createdAt_idx" ON "notifier_messages"("createdAt");
