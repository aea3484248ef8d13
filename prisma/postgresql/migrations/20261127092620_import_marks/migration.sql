-- CreateTable
CREATE TABLE "import_marks" (
    "guestId" TEXT COLLATE "C" NOT NULL,
    "connectionId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "format" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C",
    "login" JSON NOT NULL,
    "importedAt" TIMESTAMPTZ(3) NOT NULL,
    "importedBy" TEXT COLLATE "C" NOT NULL,
    "archivedAt" TIMESTAMPTZ(3),

    CONSTRAINT "import_marks_pkey" PRIMARY KEY ("guestId")
);

-- CreateIndex
CREATE UNIQUE INDEX "import_marks_connectionId_key" ON "import_marks"("connectionId");

-- AddForeignKey
ALTER TABLE "import_marks" ADD CONSTRAINT "import_marks_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests"("id") ON DELETE CASCADE ON UPDATE CASCADE;
