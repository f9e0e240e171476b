-- AlterTable
ALTER TABLE "account" ADD COLUMN "state_before" TEXT;


-- What Prisma's schema language cannot say.

ALTER TABLE "account"
    ADD CONSTRAINT "account_state_before_check" CHECK ("state_before" IN ('active', 'deactivated'));

-- Who was suspended before, or is by a process of the version before, is active again afterwards, as it was.
