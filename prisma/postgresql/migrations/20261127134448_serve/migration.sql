-- AlterTable
ALTER TABLE "providers" ADD COLUMN     "seq" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "seq" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "guests" ADD COLUMN     "seq" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "storages" ADD COLUMN     "seq" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "feed_head" (
    "id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "feed_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed_versions" (
    "version" INTEGER NOT NULL,
    "providerId" TEXT COLLATE "C",
    "seq" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feed_versions_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "operations" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "providerId" TEXT COLLATE "C",
    "providerName" TEXT COLLATE "C",
    "parameters" JSON NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "openKey" TEXT COLLATE "C",
    "runningKey" TEXT COLLATE "C",
    "requestedBy" TEXT COLLATE "C" NOT NULL,
    "requestedVia" TEXT COLLATE "C" NOT NULL,
    "requestedAt" TIMESTAMPTZ(3) NOT NULL,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "holder" TEXT COLLATE "C",
    "holderUntil" TIMESTAMPTZ(3),
    "progress" JSON,
    "result" JSON,
    "error" JSON,
    "cancelledBy" TEXT COLLATE "C",
    "cancelledAt" TIMESTAMPTZ(3),
    "alsoAskedBy" JSON NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "operations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "displayName" TEXT COLLATE "C",
    "role" TEXT COLLATE "C" NOT NULL,
    "scope" JSON,
    "passwordHash" TEXT COLLATE "C",
    "inviteHash" TEXT COLLATE "C",
    "inviteUntil" TIMESTAMPTZ(3),
    "issuer" TEXT COLLATE "C",
    "subject" TEXT COLLATE "C",
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "disabledAt" TIMESTAMPTZ(3),
    "lastLoginAt" TIMESTAMPTZ(3),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_sessions" (
    "id" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastUsedAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "user_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_tokens" (
    "id" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "scope" JSON,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_delays" (
    "key" TEXT COLLATE "C" NOT NULL,
    "failures" INTEGER NOT NULL,
    "lastAt" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "login_delays_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "action_records" (
    "id" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT COLLATE "C" NOT NULL,
    "via" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C",
    "action" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C",
    "detail" JSON,
    "outcome" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "action_records_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "feed_versions_providerId_version_idx" ON "feed_versions"("providerId", "version");

-- CreateIndex
CREATE UNIQUE INDEX "operations_openKey_key" ON "operations"("openKey");

-- CreateIndex
CREATE UNIQUE INDEX "operations_runningKey_key" ON "operations"("runningKey");

-- CreateIndex
CREATE INDEX "operations_version_idx" ON "operations"("version");

-- CreateIndex
CREATE INDEX "operations_state_requestedAt_idx" ON "operations"("state", "requestedAt");

-- CreateIndex
CREATE INDEX "operations_providerId_requestedAt_idx" ON "operations"("providerId", "requestedAt");

-- CreateIndex
CREATE UNIQUE INDEX "users_name_key" ON "users"("name");

-- CreateIndex
CREATE UNIQUE INDEX "users_inviteHash_key" ON "users"("inviteHash");

-- CreateIndex
CREATE UNIQUE INDEX "users_issuer_subject_key" ON "users"("issuer", "subject");

-- CreateIndex
CREATE INDEX "user_sessions_userId_idx" ON "user_sessions"("userId");

-- CreateIndex
CREATE INDEX "user_sessions_expiresAt_idx" ON "user_sessions"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_hash_key" ON "api_tokens"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_userId_name_key" ON "api_tokens"("userId", "name");

-- CreateIndex
CREATE INDEX "action_records_at_idx" ON "action_records"("at");

-- CreateIndex
CREATE INDEX "guests_providerId_seq_idx" ON "guests"("providerId", "seq");

-- AddForeignKey
ALTER TABLE "user_sessions" ADD CONSTRAINT "user_sessions_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterTable
ALTER TABLE "providers" ADD COLUMN     "credentialEndsAt" TIMESTAMPTZ(3),
ADD COLUMN     "credentialName" TEXT COLLATE "C",
ADD COLUMN     "credentialReadAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "endpoint_health" ADD COLUMN     "certificateEndsAt" TIMESTAMPTZ(3);
