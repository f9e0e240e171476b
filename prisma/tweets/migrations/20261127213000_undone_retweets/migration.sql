-- What stood at a moment of the past: beside the retweets that stand, which have an index of their own, those undone since.
CREATE INDEX "retweet_undone_by_user" ON "retweet"("user_id", "id" DESC) WHERE "undone_at" IS NOT NULL;
