import { jsonText } from '../../shared/json-text.ts';

export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** An event with the time now in it, as everything that programs read has. */
export function jsonLine({ event, ...fields }: JsonEvent): string {
  return `${jsonText({ event, at: new Date().toISOString(), ...fields })}\n`;
}
