import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { keepAside } from '../files/keep-aside.ts';
import { replacePrivateFile } from '../files/private-files.ts';
import type { Drafts } from '../tui/services.ts';

/** Drafts kept; those of the buffers seen last stay. */
const MAX_DRAFTS = 100;

const schema = v.record(v.string(), v.string());

/** `keptAs` is where drafts that could not be read were moved. */
export interface OpenedDrafts {
  readonly drafts: Drafts;
  readonly keptAs?: string;
}

/** A guest's, who is nobody the next time. */
export const noDrafts: OpenedDrafts = { drafts: { load: () => new Map(), save: () => undefined } };

/** Drafts in the profile's state folder. What cannot be read or written is no reason to stop a chat. */
export function openDrafts(folder: string): OpenedDrafts {
  const path = join(folder, 'drafts.json');
  const known = read(path);
  const drafts: Drafts = {
    load: () => known ?? new Map(),
    save(texts) {
      try {
        replacePrivateFile(path, JSON.stringify(Object.fromEntries([...texts].slice(-MAX_DRAFTS))));
      } catch {
        // A full disk: the text is still on screen.
      }
    },
  };
  if (known) return { drafts };
  try {
    return { drafts, keptAs: keepAside(path) };
  } catch {
    return { drafts };
  }
}

/** Undefined for what is there and holds no drafts. */
function read(path: string): ReadonlyMap<string, string> | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return new Map();
  // Reading a FIFO would wait for ever.
  if (!stat.isFile()) return undefined;
  try {
    const found = v.safeParse(schema, JSON.parse(readFileSync(path, 'utf8')));
    return found.success ? new Map(Object.entries(found.output).slice(-MAX_DRAFTS)) : undefined;
  } catch {
    return undefined;
  }
}
