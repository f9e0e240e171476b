-- AlterTable
ALTER TABLE "person" ADD COLUMN "famous" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "fame" (
    "user_id" BIGINT NOT NULL,
    "begins_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fame_pkey" PRIMARY KEY ("user_id","begins_at")
);

-- CreateIndex
CREATE INDEX "fame_changed_at_user_id_begins_at_idx" ON "fame"("changed_at", "user_id", "begins_at");
