import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { replacePrivateFile } from '../files/private-files.ts';
import type { Drafts } from '../tui/services.ts';

/** Drafts kept; those of the buffers seen last stay. */
const MAX_DRAFTS = 100;

const schema = v.record(v.string(), v.string());

/** A guest's, who is nobody the next time. */
export const noDrafts: Drafts = { load: () => new Map(), save: () => undefined };

/** Drafts in the profile's state folder. What cannot be read or written is no reason to stop a chat. */
export function draftsIn(folder: string): Drafts {
  const path = join(folder, 'drafts.json');
  return {
    load() {
      try {
        const read = v.safeParse(schema, JSON.parse(readFileSync(path, 'utf8')));
        return new Map(read.success ? Object.entries(read.output).slice(-MAX_DRAFTS) : []);
      } catch {
        return new Map();
      }
    },
    save(drafts) {
      try {
        replacePrivateFile(path, JSON.stringify(Object.fromEntries([...drafts].slice(-MAX_DRAFTS))));
      } catch {
        // A full disk: the text is still on screen.
      }
    },
  };
}
