-- Accounts are found by a hash of the handle, so that nothing readable is left of it when a person is erased.
ALTER TABLE "account" ADD COLUMN "handle_hash" BYTEA;
UPDATE "account" SET "handle_hash" = sha256(convert_to("handle_lower", 'UTF8'));
ALTER TABLE "account" ALTER COLUMN "handle_hash" SET NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "account_handle_hash_key" ON "account"("handle_hash");

-- AlterTable
ALTER TABLE "account" DROP COLUMN "handle_lower";
