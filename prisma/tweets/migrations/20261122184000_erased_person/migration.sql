-- CreateTable
CREATE TABLE "erased_person" (
    "user_id" BIGINT NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erased_person_pkey" PRIMARY KEY ("user_id")
);
