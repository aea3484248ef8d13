-- CreateTable
CREATE TABLE "explanations" (
    "id" BIGINT NOT NULL,
    "change" BIGINT NOT NULL,
    "label" INTEGER NOT NULL,
    "refId" INTEGER,
    "ref" TEXT COLLATE "C",
    "effectiveMs" BIGINT,

    CONSTRAINT "explanations_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "explanations_change_idx" ON "explanations"("change");
