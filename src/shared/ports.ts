/** Where a relay listens, and where one with TLS is looked for, unless somebody says otherwise. */
export const DEFAULT_RELAY_PORT = 1_878;
export const DEFAULT_TLS_PORT = 443;
