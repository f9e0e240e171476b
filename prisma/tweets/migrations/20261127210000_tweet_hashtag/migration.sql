-- CreateTable
CREATE TABLE "tweet_hashtag" (
    "tag" TEXT NOT NULL,
    "tweet_id" BIGINT NOT NULL,

    CONSTRAINT "tweet_hashtag_pkey" PRIMARY KEY ("tag","tweet_id")
);

-- CreateTable
CREATE TABLE "hashtag_backfill" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "position" BIGINT NOT NULL DEFAULT 0,
    "until_id" BIGINT NOT NULL,

    CONSTRAINT "hashtag_backfill_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tweet_hashtag_tweet_id_idx" ON "tweet_hashtag"("tweet_id");

-- SQL cannot fold letters as domain/search-text.ts does, so the upkeep of tweets enters what was posted until now, and what
-- processes of the version before post during the day that they have left to be replaced.
INSERT INTO "hashtag_backfill" ("until_id")
SELECT ((extract(epoch FROM now()) * 1000)::bigint + 24 * 3600 * 1000 - 883612800000) << 22
WHERE EXISTS (SELECT FROM "tweet");
