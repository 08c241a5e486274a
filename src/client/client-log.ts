/** Diagnostics for `--log-file`: no text of people, no keys, no codes. */
export type ClientLog = (
  event: string,
  details?: Readonly<Record<string, string | number | boolean>>,
) => void;

export const silentLog: ClientLog = () => undefined;
