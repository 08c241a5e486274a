import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Folders } from '../../files/folders.ts';
import { keepAside } from '../../files/keep-aside.ts';
import { ensurePrivateFolder } from '../../files/private-files.ts';
import { namingThePath } from '../../files/unusable-file.ts';
import { preferences, type PreferenceName } from './preferences.ts';
import { Listeners } from '../../shared/listeners.ts';

/** Relays that are connected to at the start. */
export const MAX_SAVED_RELAYS = 16;
/** Rooms whose alerts are switched off. */
export const MAX_MUTED = 1_000;

const oneOf = <const Values extends readonly string[]>({ values }: { readonly values: Values }) =>
  v.optional(v.picklist(values));

const preferenceEntries = {
  theme: oneOf(preferences.theme),
  time: oneOf(preferences.time),
  bell: oneOf(preferences.bell),
  notify: oneOf(preferences.notify),
  typing: oneOf(preferences.typing),
  mouse: oneOf(preferences.mouse),
  'nick-colors': oneOf(preferences['nick-colors']),
  fold: oneOf(preferences.fold),
  rejoin: oneOf(preferences.rejoin),
} as const satisfies Readonly<Record<PreferenceName, unknown>>;

const schema = v.object({
  nick: v.optional(v.string()),
  /** Who one was called before `/login`, for `/logout`. */
  nickBefore: v.optional(v.string()),
  /** Relays connected to at start. */
  relays: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_SAVED_RELAYS)), []),
  /** Ids of rooms that never ring. */
  muted: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_MUTED))),
  ...preferenceEntries,
});

export type SettingsValues = v.InferOutput<typeof schema>;

/** What a person set for good. Kept in `config.json` of the profile's config folder, or in memory for a guest. */
export interface Settings {
  readonly values: SettingsValues;
  /** Written at once; a key that is `undefined` is removed. */
  update(change: { readonly [Key in keyof SettingsValues]?: SettingsValues[Key] | undefined }): void;
  /** Calls back after every change; returns the end of it. */
  subscribe(listener: () => void): () => void;
}

/** `keptAs` is where a settings file that could not be read was moved; the defaults are used then. */
export interface OpenedSettings {
  readonly settings: Settings;
  readonly keptAs?: string;
}

/** Throws `UnusableFileError` when the folder cannot be used. */
export async function openSettings(folders: Folders): Promise<OpenedSettings> {
  const path = join(folders.config, 'config.json');
  namingThePath(folders.config, () => ensurePrivateFolder(folders.config));
  // It brings a schema compiler with it, which a start without settings need not wait for.
  const { default: Conf } = await import('conf');
  const open = () =>
    new Conf<Record<string, unknown>>({
      cwd: folders.config,
      configName: 'config',
      configFileMode: 0o600,
      projectName: 'chat-tui',
      projectSuffix: '',
    });
  const read = () => {
    const store = open();
    return { store, values: v.safeParse(schema, store.store) };
  };
  const first = existsSync(path) ? attempt(() => (isObject(path) ? read() : undefined)) : read();
  if (first?.values.success) return { settings: stored(first.store, first.values.output, path) };
  const keptAs = namingThePath(path, () => keepAside(path));
  const { store } = read();
  return { settings: stored(store, v.parse(schema, {}), path), keptAs };
}

/** Settings that last as long as the process. */
export function memorySettings(initial: Partial<SettingsValues> = {}): Settings {
  return stored({ set: () => undefined, delete: () => undefined }, { relays: [], ...initial }, '');
}

interface Store {
  set(values: Record<string, unknown>): void;
  delete(key: string): void;
}

function stored(store: Store, initial: SettingsValues, path: string): Settings {
  let values = initial;
  const listeners = new Listeners();
  return {
    subscribe: listeners.add,
    get values() {
      return values;
    },
    update(change) {
      const next = v.parse(schema, { ...values, ...change });
      namingThePath(path, () => {
        for (const [key, value] of Object.entries(change)) {
          if (value === undefined) store.delete(key);
          else store.set({ [key]: value });
        }
      });
      values = next;
      listeners.tell();
    },
  };
}

/** The store takes a list for an object. */
function isObject(path: string): boolean {
  // Reading a FIFO would wait for ever.
  return statSync(path).isFile() && readFileSync(path, 'utf8').trimStart().startsWith('{');
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
