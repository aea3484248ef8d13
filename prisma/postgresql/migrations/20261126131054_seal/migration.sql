-- AlterTable
ALTER TABLE "meta" ADD COLUMN     "keyId" TEXT COLLATE "C" NOT NULL DEFAULT '',
ALTER COLUMN "maskKey" SET DEFAULT '';

-- AlterTable
ALTER TABLE "providers" ADD COLUMN     "settingsRev" INTEGER;

-- AlterTable
ALTER TABLE "revisions" ADD COLUMN     "format" INTEGER NOT NULL DEFAULT 1;
