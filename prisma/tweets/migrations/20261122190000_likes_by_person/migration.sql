-- CreateIndex
CREATE INDEX "tweet_like_user_id_liked_at_tweet_id_idx" ON "tweet_like"("user_id", "liked_at" DESC, "tweet_id" DESC);
