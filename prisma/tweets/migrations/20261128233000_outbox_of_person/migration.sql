-- What Prisma's schema language cannot say.

-- What a day's events hold of what one person wrote, who is to be forgotten. Of what is published alone: so posting writes no more.
CREATE INDEX "outbox_published_words" ON "outbox"(("payload" ->> 'authorId'))
    WHERE "type" = 'tweet.posted' AND "published_at" IS NOT NULL;
