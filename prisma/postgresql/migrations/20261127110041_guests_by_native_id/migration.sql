-- AlterTable
ALTER TABLE "guest_backups" ADD COLUMN     "kind" TEXT COLLATE "C";

-- CreateIndex
CREATE INDEX "guests_providerId_nativeId_idx" ON "guests"("providerId", "nativeId");
