-- CreateIndex
CREATE INDEX "outbox_aggregateid_idx" ON "outbox"("aggregateid");
