-- CreateTable
CREATE TABLE "person" (
    "user_id" BIGINT NOT NULL,
    "follower_count" INTEGER NOT NULL DEFAULT 0,
    "following_count" INTEGER NOT NULL DEFAULT 0,
    "revision" BIGINT NOT NULL DEFAULT 0,
    "follows_revision" BIGINT NOT NULL DEFAULT 0,
    "erased" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "person_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "follow" (
    "follower_id" BIGINT NOT NULL,
    "followee_id" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "follow_pkey" PRIMARY KEY ("follower_id","followee_id")
);

-- CreateTable
CREATE TABLE "past_follow" (
    "id" BIGSERIAL NOT NULL,
    "follower_id" BIGINT NOT NULL,
    "followee_id" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "past_follow_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "follow_request" (
    "requester_id" BIGINT NOT NULL,
    "target_id" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "follow_request_pkey" PRIMARY KEY ("requester_id","target_id")
);

-- CreateTable
CREATE TABLE "block" (
    "blocker_id" BIGINT NOT NULL,
    "blocked_id" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "block_pkey" PRIMARY KEY ("blocker_id","blocked_id")
);

-- CreateTable
CREATE TABLE "mute" (
    "muter_id" BIGINT NOT NULL,
    "muted_id" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mute_pkey" PRIMARY KEY ("muter_id","muted_id")
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
CREATE INDEX "follow_followee_id_follower_id_idx" ON "follow"("followee_id", "follower_id");

-- CreateIndex
CREATE INDEX "follow_followee_id_since_follower_id_idx" ON "follow"("followee_id", "since" DESC, "follower_id" DESC);

-- CreateIndex
CREATE INDEX "follow_follower_id_since_followee_id_idx" ON "follow"("follower_id", "since" DESC, "followee_id" DESC);

-- CreateIndex
CREATE INDEX "past_follow_follower_id_until_idx" ON "past_follow"("follower_id", "until");

-- CreateIndex
CREATE INDEX "past_follow_followee_id_idx" ON "past_follow"("followee_id");

-- CreateIndex
CREATE INDEX "follow_request_target_id_since_requester_id_idx" ON "follow_request"("target_id", "since" DESC, "requester_id" DESC);

-- CreateIndex
CREATE INDEX "block_blocked_id_blocker_id_idx" ON "block"("blocked_id", "blocker_id");

-- CreateIndex
CREATE INDEX "block_blocker_id_since_blocked_id_idx" ON "block"("blocker_id", "since" DESC, "blocked_id" DESC);

-- CreateIndex
CREATE INDEX "mute_muted_id_muter_id_idx" ON "mute"("muted_id", "muter_id");

-- CreateIndex
CREATE INDEX "mute_muter_id_since_muted_id_idx" ON "mute"("muter_id", "since" DESC, "muted_id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox"("id");


-- What Prisma's schema language cannot say.

ALTER TABLE "person"
    ADD CONSTRAINT "person_counts_not_negative" CHECK ("follower_count" >= 0 AND "following_count" >= 0);

ALTER TABLE "follow"
    ADD CONSTRAINT "follow_not_oneself" CHECK ("follower_id" <> "followee_id");

ALTER TABLE "past_follow"
    ADD CONSTRAINT "past_follow_in_order" CHECK ("until" >= "since");

ALTER TABLE "follow_request"
    ADD CONSTRAINT "follow_request_not_oneself" CHECK ("requester_id" <> "target_id");

ALTER TABLE "block"
    ADD CONSTRAINT "block_not_oneself" CHECK ("blocker_id" <> "blocked_id");

ALTER TABLE "mute"
    ADD CONSTRAINT "mute_not_oneself" CHECK ("muter_id" <> "muted_id");

CREATE INDEX "outbox_unpublished" ON "outbox"("seq") WHERE "published_at" IS NULL;
