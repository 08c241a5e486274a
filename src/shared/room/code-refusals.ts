import type { RefusalCode } from '../errors.ts';

const codes = [
  'wrong-code',
  'invite-used',
  'invite-expired',
  'invite-revoked',
] as const satisfies readonly RefusalCode[];

/** Refusals of somebody whose join code, or want of one, does not lead in. */
export const codeRefusals: ReadonlySet<string> = new Set(codes);
