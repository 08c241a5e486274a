/** What Node.js or the system calls this failure (`ENOSPC`, `ERR_SQLITE_ERROR`); `unknown` where it has no name. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
