import { lstatSync, readFileSync } from 'node:fs';
import { keepAside } from './keep-aside.ts';
import { replacePrivateFile } from './private-files.ts';

/** What a program keeps for its next run, and could do without. */
export interface PrivateJson<Value> {
  /** What was there when it was opened. */
  readonly value: Value;
  /** Where a file that could not be read was moved. */
  readonly keptAs?: string;
  /** Puts this in its place, whole or not at all; what cannot be written is lost. */
  readonly save: (json: unknown) => void;
}

/** `decode` throws for what is no such value; then, and where nothing is yet, the value is `fresh`. It does not throw itself. */
export function openPrivateJson<Value>(
  path: string,
  fresh: Value,
  decode: (json: unknown) => Value,
): PrivateJson<Value> {
  const save = (json: unknown): void => {
    try {
      replacePrivateFile(path, JSON.stringify(json));
    } catch {
      // A full disk is no reason to stop a chat.
    }
  };
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return { value: fresh, save };
  try {
    // Reading a FIFO would wait for ever.
    if (stat.isFile()) return { value: decode(JSON.parse(readFileSync(path, 'utf8'))), save };
  } catch {
    // Kept aside like anything else that is in its place.
  }
  try {
    return { value: fresh, keptAs: keepAside(path), save };
  } catch {
    return { value: fresh, save };
  }
}
