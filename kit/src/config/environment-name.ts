/** `users`, `accessTokenMs` → `USERS_ACCESS_TOKEN_MS`; `followersAPage` → `…_FOLLOWERS_A_PAGE`. */
export function environmentName(prefix: string, key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  return `${prefix}_${words}`.toUpperCase();
}
