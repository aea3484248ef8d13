-- CreateTable
CREATE TABLE "explanations" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "change" BIGINT NOT NULL,
    "label" INTEGER NOT NULL,
    "refId" INTEGER,
    "ref" TEXT,
    "effectiveMs" BIGINT
);

-- CreateIndex
CREATE INDEX "explanations_change_idx" ON "explanations"("change");
