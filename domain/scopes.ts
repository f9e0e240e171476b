/** What a token of our own clients may do; a third party's app is given some of it. Named by `@requiresScopes` in the SDL. */
export const FIRST_PARTY_SCOPES = ['read', 'write', 'account'] as const;
