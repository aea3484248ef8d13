-- CreateTable
CREATE TABLE "backup_jobs" (
    "providerId" TEXT NOT NULL,
    "jobId" TEXT NOT NULL,
    "readAt" DATETIME NOT NULL,
    "isEnabled" BOOLEAN NOT NULL,
    "selection" JSONB NOT NULL,

    PRIMARY KEY ("providerId", "jobId"),
    CONSTRAINT "backup_jobs_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
