-- CreateTable
CREATE TABLE "tweet" (
    "id" BIGINT NOT NULL,
    "author_id" BIGINT NOT NULL,
    "text" TEXT NOT NULL,
    "entities" JSONB NOT NULL DEFAULT '[]',
    "parent_id" BIGINT,
    "parent_author_id" BIGINT,
    "conversation_id" BIGINT NOT NULL,
    "quoted_id" BIGINT,
    "state" TEXT NOT NULL DEFAULT 'live',
    "revision" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "tweet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tweet_counter" (
    "tweet_id" BIGINT NOT NULL,
    "like_count" INTEGER NOT NULL DEFAULT 0,
    "retweet_count" INTEGER NOT NULL DEFAULT 0,
    "reply_count" INTEGER NOT NULL DEFAULT 0,
    "quote_count" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "tweet_counter_pkey" PRIMARY KEY ("tweet_id")
);

-- CreateTable
CREATE TABLE "retweet" (
    "id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    "author_id" BIGINT NOT NULL,
    "undone_at" TIMESTAMPTZ(3),

    CONSTRAINT "retweet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tweet_like" (
    "user_id" BIGINT NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    "liked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tweet_like_pkey" PRIMARY KEY ("user_id","tweet_id")
);

-- CreateTable
CREATE TABLE "bookmark" (
    "user_id" BIGINT NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    "bookmarked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bookmark_pkey" PRIMARY KEY ("user_id","tweet_id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "user_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "tweet_id" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("user_id","key")
);

-- CreateTable
CREATE TABLE "import_key" (
    "key" TEXT NOT NULL,
    "tweet_id" BIGINT NOT NULL,

    CONSTRAINT "import_key_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "id_node_lease" (
    "node" SMALLINT NOT NULL,
    "holder" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_ms" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "id_node_lease_pkey" PRIMARY KEY ("node")
);

-- CreateTable
CREATE TABLE "outbox" (
    "seq" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "aggregatetype" TEXT NOT NULL,
    "aggregateid" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "headers" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "tweet_like_tweet_id_liked_at_user_id_idx" ON "tweet_like"("tweet_id", "liked_at" DESC, "user_id" DESC);

-- CreateIndex
CREATE INDEX "bookmark_user_id_bookmarked_at_tweet_id_idx" ON "bookmark"("user_id", "bookmarked_at" DESC, "tweet_id" DESC);

-- CreateIndex
CREATE INDEX "idempotency_key_expires_at_idx" ON "idempotency_key"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox"("id");


-- What Prisma's schema language cannot say.

ALTER TABLE "tweet"
    ADD CONSTRAINT "tweet_state_known" CHECK ("state" IN ('live', 'deleted', 'withheld')),
    ADD CONSTRAINT "tweet_parent_has_author" CHECK (("parent_id" IS NULL) = ("parent_author_id" IS NULL)),
    ADD CONSTRAINT "tweet_deleted_is_blank" CHECK ("state" <> 'deleted' OR ("text" = '' AND "entities" = '[]'));

ALTER TABLE "tweet_counter"
    ADD CONSTRAINT "tweet_counter_not_negative"
    CHECK ("like_count" >= 0 AND "retweet_count" >= 0 AND "reply_count" >= 0 AND "quote_count" >= 0);

CREATE INDEX "tweet_by_author" ON "tweet"("author_id", "id" DESC) WHERE "state" <> 'deleted';
CREATE INDEX "tweet_by_parent" ON "tweet"("parent_id", "id") WHERE "parent_id" IS NOT NULL;
CREATE INDEX "tweet_by_quoted" ON "tweet"("quoted_id") WHERE "quoted_id" IS NOT NULL;

CREATE UNIQUE INDEX "retweet_standing" ON "retweet"("user_id", "tweet_id") WHERE "undone_at" IS NULL;
CREATE INDEX "retweet_by_user" ON "retweet"("user_id", "id" DESC) WHERE "undone_at" IS NULL;
CREATE INDEX "retweet_by_tweet" ON "retweet"("tweet_id", "id" DESC) WHERE "undone_at" IS NULL;

CREATE INDEX "outbox_unpublished" ON "outbox"("seq") WHERE "published_at" IS NULL;
