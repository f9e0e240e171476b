-- Which retweets of a tweet a person took back last: whoever repeats that has them dropped from the cache once more.
CREATE INDEX "retweet_undone_of_tweet" ON "retweet"("user_id", "tweet_id", "undone_at" DESC) WHERE "undone_at" IS NOT NULL;
