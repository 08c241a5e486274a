/** Never a payload, a code, a title, an address, or more of a key than its tag. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/** Where a bug is. */
export function stackOf(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? 'not an error';
}
