-- CreateTable
CREATE TABLE "profile_open" (
    "viewer_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "profile_open_pkey" PRIMARY KEY ("user_id","viewer_id","slot")
);

-- CreateIndex
CREATE INDEX "profile_open_viewer_id_opened_at_user_id_idx" ON "profile_open"("viewer_id", "opened_at" DESC, "user_id" DESC);

-- CreateIndex
CREATE INDEX "profile_open_opened_at_idx" ON "profile_open"("opened_at");


-- Timeline asks graph for these and notes them there: replace the processes of graph before those of timeline.
