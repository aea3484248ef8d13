-- AlterTable
ALTER TABLE "providers" ADD COLUMN "backupJobs" JSONB;
ALTER TABLE "providers" ADD COLUMN "backupJobsAt" DATETIME;

-- CreateTable
CREATE TABLE "guest_facts" (
    "guestId" TEXT NOT NULL PRIMARY KEY,
    "askedAt" DATETIME NOT NULL,
    "addressesAt" DATETIME,
    "issue" TEXT,
    "osAt" DATETIME,
    "osName" TEXT,
    "osVersion" TEXT,
    CONSTRAINT "guest_facts_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "guest_addresses" (
    "guestId" TEXT NOT NULL,
    "interfaceName" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "prefix" INTEGER,
    "mac" TEXT,
    "until" DATETIME,

    PRIMARY KEY ("guestId", "interfaceName", "address", "since"),
    CONSTRAINT "guest_addresses_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "guest_backups" (
    "providerId" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "nativeId" TEXT NOT NULL,
    "kind" TEXT,
    "at" DATETIME NOT NULL,
    "isOk" BOOLEAN NOT NULL,
    "bytes" BIGINT,
    "volume" TEXT,

    PRIMARY KEY ("providerId", "ref", "nativeId"),
    CONSTRAINT "guest_backups_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "guests_providerId_nativeId_idx" ON "guests"("providerId", "nativeId");

-- CreateIndex
CREATE INDEX "guest_backups_providerId_nativeId_at_idx" ON "guest_backups"("providerId", "nativeId", "at");
