-- DropIndex
DROP INDEX "guests_providerId_vmid_idx";

-- AlterTable
ALTER TABLE "guests" ADD COLUMN     "nativeId" TEXT COLLATE "C",
ALTER COLUMN "vmid" DROP NOT NULL;
UPDATE "guests" SET "nativeId" = CAST("vmid" AS TEXT);
ALTER TABLE "guests" ALTER COLUMN "nativeId" SET NOT NULL;

-- CreateTable
CREATE TABLE "audit_records" (
    "providerId" TEXT COLLATE "C" NOT NULL,
    "ref" TEXT COLLATE "C" NOT NULL,
    "verb" TEXT COLLATE "C" NOT NULL,
    "native" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C",
    "targetName" TEXT COLLATE "C",
    "place" TEXT COLLATE "C",
    "actor" TEXT COLLATE "C",
    "credential" TEXT COLLATE "C",
    "at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "sets" JSON,
    "touches" JSON,

    CONSTRAINT "audit_records_pkey" PRIMARY KEY ("providerId","ref")
);

-- CreateIndex
CREATE INDEX "audit_records_providerId_at_idx" ON "audit_records"("providerId", "at");

-- CreateIndex
CREATE INDEX "guests_providerId_vmid_nativeId_idx" ON "guests"("providerId", "vmid", "nativeId");

-- AddForeignKey
ALTER TABLE "audit_records" ADD CONSTRAINT "audit_records_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
