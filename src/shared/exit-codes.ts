/** What the program exits with, after sysexits. */
export const exitCodes = {
  done: 0,
  usage: 64,
  unreachable: 69,
  software: 70,
  cannotCreate: 73,
  tryLater: 75,
  refused: 77,
  config: 78,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
