-- AlterTable
ALTER TABLE "providers" ADD COLUMN     "actionCredential" JSON,
ADD COLUMN     "allow" JSON;

-- AlterTable
ALTER TABLE "operations" ADD COLUMN     "rev" INTEGER;

-- CreateTable
CREATE TABLE "operation_steps" (
    "operationId" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "providerId" TEXT COLLATE "C" NOT NULL,
    "providerName" TEXT COLLATE "C" NOT NULL,
    "guestId" TEXT COLLATE "C",
    "kind" TEXT COLLATE "C" NOT NULL,
    "vmid" INTEGER NOT NULL,
    "name" TEXT COLLATE "C",
    "node" TEXT COLLATE "C" NOT NULL,
    "lockKey" TEXT COLLATE "C",
    "state" TEXT COLLATE "C" NOT NULL,
    "plan" JSON NOT NULL,
    "seal" TEXT COLLATE "C" NOT NULL,
    "calls" JSON NOT NULL,
    "message" TEXT COLLATE "C",
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "operation_steps_pkey" PRIMARY KEY ("operationId","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "operation_steps_lockKey_key" ON "operation_steps"("lockKey");

-- CreateIndex
CREATE INDEX "operation_steps_guestId_idx" ON "operation_steps"("guestId");

-- AddForeignKey
ALTER TABLE "operation_steps" ADD CONSTRAINT "operation_steps_operationId_fkey" FOREIGN KEY ("operationId") REFERENCES "operations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
