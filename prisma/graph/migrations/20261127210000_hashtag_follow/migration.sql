-- CreateTable
CREATE TABLE "hashtag_follow" (
    "user_id" BIGINT NOT NULL,
    "tag" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hashtag_follow_pkey" PRIMARY KEY ("user_id","tag")
);

-- CreateTable
CREATE TABLE "past_hashtag_follow" (
    "id" BIGSERIAL NOT NULL,
    "user_id" BIGINT NOT NULL,
    "tag" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "past_hashtag_follow_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "past_hashtag_follow_user_id_until_idx" ON "past_hashtag_follow"("user_id", "until");


-- What Prisma's schema language cannot say.

ALTER TABLE "past_hashtag_follow"
    ADD CONSTRAINT "past_hashtag_follow_in_order" CHECK ("until" >= "since");

-- Readers of relation.v1 of the version before do not know hashtag.followed and hashtag.unfollowed: replace the workers first.
-- What an old one could not take lies in relation.v1.dlq, to be replayed.
