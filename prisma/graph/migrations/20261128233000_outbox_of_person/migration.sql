-- What Prisma's schema language cannot say.

-- What a day's events tell of one person, who is to be forgotten. Of what is published alone: so following somebody writes no more.
CREATE INDEX "outbox_published_by" ON "outbox"("key") WHERE "published_at" IS NOT NULL;
CREATE INDEX "outbox_published_to" ON "outbox"(("payload" ->> 'targetId')) WHERE "published_at" IS NOT NULL;
