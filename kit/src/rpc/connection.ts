/** Room for the largest answers of bulk calls; a message beyond it fails on either side. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
