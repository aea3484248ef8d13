-- CreateTable
CREATE TABLE "import_marks" (
    "guestId" TEXT NOT NULL PRIMARY KEY,
    "connectionId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "address" TEXT,
    "login" JSONB NOT NULL,
    "importedAt" DATETIME NOT NULL,
    "importedBy" TEXT NOT NULL,
    "archivedAt" DATETIME,
    CONSTRAINT "import_marks_guestId_fkey" FOREIGN KEY ("guestId") REFERENCES "guests" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "import_marks_connectionId_key" ON "import_marks"("connectionId");
