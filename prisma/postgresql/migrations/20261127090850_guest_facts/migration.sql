-- AlterTable
ALTER TABLE "providers" ADD COLUMN     "backupJobs" JSON,
ADD COLUMN     "backupJobsAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "guest_facts" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "askedAt" TIMESTAMPTZ(3) NOT NULL,
    "addressesAt" TIMESTAMPTZ(3),
    "issue" TEXT COLLATE "C",
    "osAt" TIMESTAMPTZ(3),
    "osName" TEXT COLLATE "C",
    "osVersion" TEXT COLLATE "C",

    CONSTRAINT "guest_facts_pkey" PRIMARY KEY ("guestId")
);

-- CreateTable
CREATE TABLE "guest_addresses" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "interfaceName" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "prefix" INTEGER,
    "mac" TEXT COLLATE "C",
    "until" TIMESTAMPTZ(3),

    CONSTRAINT "guest_addresses_pkey" PRIMARY KEY ("guestId","interfaceName","address","since")
);

-- CreateTable
CREATE TABLE "guest_backups" (
    "providerId" TEXT COLLATE "C" NOT NULL,
    "ref" TEXT COLLATE "C" NOT NULL,
    "nativeId" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C",
    "at" TIMESTAMPTZ(3) NOT NULL,
    "isOk" BOOLEAN NOT NULL,
    "bytes" BIGINT,
    "volume" TEXT COLLATE "C",

    CONSTRAINT "guest_backups_pkey" PRIMARY KEY ("providerId","ref","nativeId")
);

-- CreateIndex
CREATE INDEX "guests_providerId_nativeId_idx" ON "guests"("providerId", "nativeId");

-- CreateIndex
CREATE INDEX "guest_backups_providerId_nativeId_at_idx" ON "guest_backups"("providerId", "nativeId", "at");

-- AddForeignKey
ALTER TABLE "guest_facts" ADD CONSTRAINT "guest_facts_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guest_addresses" ADD CONSTRAINT "guest_addresses_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guest_backups" ADD CONSTRAINT "guest_backups_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
