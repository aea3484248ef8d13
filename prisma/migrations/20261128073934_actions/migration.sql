-- AlterTable
ALTER TABLE "providers" ADD COLUMN "actionCredential" JSONB;
ALTER TABLE "providers" ADD COLUMN "allow" JSONB;

-- AlterTable
ALTER TABLE "operations" ADD COLUMN "rev" INTEGER;

-- CreateTable
CREATE TABLE "operation_steps" (
    "operationId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "providerId" TEXT NOT NULL,
    "providerName" TEXT NOT NULL,
    "guestId" TEXT,
    "kind" TEXT NOT NULL,
    "vmid" INTEGER NOT NULL,
    "name" TEXT,
    "node" TEXT NOT NULL,
    "lockKey" TEXT,
    "state" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "seal" TEXT NOT NULL,
    "calls" JSONB NOT NULL,
    "message" TEXT,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,

    PRIMARY KEY ("operationId", "seq"),
    CONSTRAINT "operation_steps_operationId_fkey" FOREIGN KEY ("operationId") REFERENCES "operations" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "operation_steps_lockKey_key" ON "operation_steps"("lockKey");

-- CreateIndex
CREATE INDEX "operation_steps_guestId_idx" ON "operation_steps"("guestId");
