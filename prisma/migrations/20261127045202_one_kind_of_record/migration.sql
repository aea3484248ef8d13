-- Tasks and lines of logs become records of one kind. No word of them is lost: revisions have digests of them.
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_audit_records" (
    "providerId" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "verb" TEXT NOT NULL,
    "native" TEXT NOT NULL,
    "target" TEXT,
    "targetName" TEXT,
    "place" TEXT,
    "actor" TEXT,
    "credential" TEXT,
    "endedAt" DATETIME,
    "outcome" TEXT NOT NULL,
    "text" TEXT,
    "pid" INTEGER,
    "sets" JSONB,
    "touches" JSONB,

    PRIMARY KEY ("providerId", "source", "ref", "at"),
    CONSTRAINT "audit_records_providerId_fkey" FOREIGN KEY ("providerId") REFERENCES "providers" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_audit_records" ("providerId", "source", "ref", "at", "verb", "native", "target", "targetName", "place", "actor", "credential", "endedAt", "outcome", "sets", "touches")
SELECT "providerId", 'event', "ref", "at", "verb", "native", "target", "targetName", "place", "actor", "credential", "at", "outcome", "sets", "touches"
FROM "audit_records";
INSERT INTO "new_audit_records" ("providerId", "source", "ref", "at", "verb", "native", "target", "place", "actor", "credential", "endedAt", "outcome", "text", "pid")
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
INSERT INTO "new_audit_records" ("providerId", "source", "ref", "at", "verb", "native", "target", "place", "actor", "credential", "endedAt", "outcome", "text", "pid")
SELECT
    "providerId", 'log', "node" || '/' || "uid", "at",
    CASE WHEN "message" LIKE 'update VM %' THEN 'configure' ELSE 'other' END,
    "tag", NULL, "node", "user", "token", "at", 'ok', "message", "pid"
FROM "log_entries";
DROP TABLE "tasks";
DROP TABLE "log_entries";
DROP TABLE "audit_records";
ALTER TABLE "new_audit_records" RENAME TO "audit_records";
CREATE INDEX "audit_records_providerId_source_place_at_idx" ON "audit_records"("providerId", "source", "place", "at");
CREATE INDEX "audit_records_providerId_endedAt_idx" ON "audit_records"("providerId", "endedAt");
CREATE INDEX "audit_records_target_at_idx" ON "audit_records"("target", "at");
CREATE INDEX "audit_records_at_idx" ON "audit_records"("at");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
