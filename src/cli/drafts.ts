import { join } from 'node:path';
import * as v from 'valibot';
import { openPrivateJson } from '../files/private-json.ts';
import type { Drafts } from '../tui/services.ts';
import { defined } from '../shared/defined.ts';

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
  const file = openPrivateJson<ReadonlyMap<string, string>>(
    join(folder, 'drafts.json'),
    new Map(),
    (json) => new Map(Object.entries(v.parse(schema, json)).slice(-MAX_DRAFTS)),
  );
  const drafts: Drafts = {
    load: () => file.value,
    save: (texts) => file.save(Object.fromEntries([...texts].slice(-MAX_DRAFTS))),
  };
  return { drafts, ...defined({ keptAs: file.keptAs }) };
}
