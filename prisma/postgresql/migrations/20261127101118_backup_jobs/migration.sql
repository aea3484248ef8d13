-- CreateTable
CREATE TABLE "backup_jobs" (
    "providerId" TEXT COLLATE "C" NOT NULL,
    "jobId" TEXT COLLATE "C" NOT NULL,
    "readAt" TIMESTAMPTZ(3) NOT NULL,
    "isEnabled" BOOLEAN NOT NULL,
    "selection" JSON NOT NULL,

    CONSTRAINT "backup_jobs_pkey" PRIMARY KEY ("providerId","jobId")
);

-- AddForeignKey
ALTER TABLE "backup_jobs" ADD CONSTRAINT "backup_jobs_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
