const ends: ReadonlySet<string> = new Set(['login-failed', 'signed-in-elsewhere']);

/** The end of our login at a relay: of all calls over it, whatever hosts think, and a reason to make none over another. */
export function isOurLogin(code: string): boolean {
  return ends.has(code);
}
