-- CreateTable
CREATE TABLE "notifiers" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "settings" JSON NOT NULL,
    "seal" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "pausedAt" TIMESTAMPTZ(3),
    "rev" INTEGER NOT NULL,
    "runsAt" TIMESTAMPTZ(3) NOT NULL,
    "leaseHolder" TEXT COLLATE "C",
    "leaseSince" TIMESTAMPTZ(3),
    "leaseUntil" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "retryAt" TIMESTAMPTZ(3),
    "error" TEXT COLLATE "C",

    CONSTRAINT "notifiers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notifier_messages" (
    "notifierId" TEXT COLLATE "C" NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "title" TEXT COLLATE "C" NOT NULL,
    "body" JSON NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "notBefore" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "attemptedAt" TIMESTAMPTZ(3),
    "deliveredAt" TIMESTAMPTZ(3),
    "error" TEXT COLLATE "C",

    CONSTRAINT "notifier_messages_pkey" PRIMARY KEY ("notifierId","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "notifiers_name_key" ON "notifiers"("name");

-- CreateIndex
CREATE INDEX "notifier_messages_notifierId_state_seq_idx" ON "notifier_messages"("notifierId", "state", "seq");

-- CreateIndex
CREATE INDEX "notifier_messages_createdAt_idx" ON "notifier_messages"("createdAt");

-- AddForeignKey
ALTER TABLE "notifier_messages" ADD CONSTRAINT "notifier_messages_notifierId_fkey" FOREIGN KEY ("notifierId") REFERENCES "notifiers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
