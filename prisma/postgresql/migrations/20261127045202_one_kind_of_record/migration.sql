-- Tasks and lines of logs become records of one kind. No word of them is lost: revisions have digests of them.
DROP INDEX "audit_records_providerId_at_idx";

ALTER TABLE "audit_records" DROP CONSTRAINT "audit_records_pkey",
ADD COLUMN     "endedAt" TIMESTAMPTZ(3),
ADD COLUMN     "pid" INTEGER,
ADD COLUMN     "source" TEXT COLLATE "C" NOT NULL DEFAULT 'event',
ADD COLUMN     "text" TEXT COLLATE "C";

ALTER TABLE "audit_records" ALTER COLUMN "source" DROP DEFAULT;

UPDATE "audit_records" SET "endedAt" = "at";

INSERT INTO "audit_records" ("providerId", "source", "ref", "at", "verb", "native", "target", "place", "actor", "credential", "endedAt", "outcome", "text", "pid")
SELECT
    "providerId", 'task', "upid", "startedAt",
    CASE
        WHEN "type" IN ('qmcreate', 'vzcreate') THEN 'create'
        WHEN "type" IN ('qmdestroy', 'vzdestroy') THEN 'destroy'
        WHEN "type" IN ('qmclone', 'vzclone') THEN 'clone'
        WHEN "type" IN ('qmrestore', 'vzrestore') THEN 'restore'
        WHEN "type" IN ('qmigrate', 'vzmigrate', 'hamigrate') THEN 'migrate'
        WHEN "type" IN ('qmstart', 'vzstart', 'qmresume', 'vzresume', 'hastart') THEN 'start'
        WHEN "type" IN ('qmstop', 'vzstop', 'qmshutdown', 'vzshutdown', 'hastop') THEN 'stop'
        WHEN "type" IN ('qmpause', 'qmsuspend', 'vzsuspend') THEN 'suspend'
        WHEN "type" IN ('qmreboot', 'vzreboot', 'qmreset') THEN 'reset'
        WHEN "type" IN ('qmsnapshot', 'vzsnapshot') THEN 'snapshot'
        WHEN "type" IN ('qmrollback', 'vzrollback') THEN 'rollback'
        WHEN "type" IN ('qmconfig', 'vzconfig', 'resize', 'qmmove', 'move_volume', 'qmtemplate', 'vztemplate') THEN 'configure'
        WHEN "type" = 'vzdump' THEN 'backup'
        ELSE 'other'
    END,
    "type", "targetId", "node", "user", "token", "endedAt", "state", "exitStatus",
    NULL
FROM "tasks";
INSERT INTO "audit_records" ("providerId", "source", "ref", "at", "verb", "native", "target", "place", "actor", "credential", "endedAt", "outcome", "text", "pid")
SELECT
    "providerId", 'log', "node" || '/' || "uid", "at",
    CASE WHEN "message" LIKE 'update VM %' THEN 'configure' ELSE 'other' END,
    "tag", NULL, "node", "user", "token", "at", 'ok', "message", "pid"
FROM "log_entries";

ALTER TABLE "audit_records" ADD CONSTRAINT "audit_records_pkey" PRIMARY KEY ("providerId", "source", "ref", "at");

DROP TABLE "tasks";

DROP TABLE "log_entries";

-- CreateIndex
CREATE INDEX "audit_records_providerId_source_place_at_idx" ON "audit_records"("providerId", "source", "place", "at");

-- CreateIndex
CREATE INDEX "audit_records_providerId_endedAt_idx" ON "audit_records"("providerId", "endedAt");

-- CreateIndex
CREATE INDEX "audit_records_target_at_idx" ON "audit_records"("target", "at");

-- CreateIndex
CREATE INDEX "audit_records_at_idx" ON "audit_records"("at");
