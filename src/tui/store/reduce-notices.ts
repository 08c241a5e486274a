import { changeBuffer } from './change-buffer.ts';
import { dropOldest, sameNotice } from './entries.ts';
import { bufferOf, type BufferId, type Entry, type EntryOf, type NoticeTone, type State } from './state.ts';

/** A local line at the end of a buffer, of the lobby where that buffer is gone. What it said last is said once, and counted. */
export function addNotice(
  state: State,
  id: BufferId,
  { tone, text, at }: { readonly tone: NoticeTone; readonly text: string; readonly at: number },
): State {
  const target = bufferOf(state, id)?.id ?? 'lobby';
  const entry = noticeEntry({ at, serial: state.serial }, tone, text);
  const next = changeBuffer(state, target, (buffer) => {
    const before = sameNotice(buffer.entries, entry);
    if (!before) return { ...buffer, entries: dropOldest([...buffer.entries, entry]) };
    const others = buffer.entries.filter(({ key }) => key !== before.key);
    const { anchor } = buffer;
    return {
      ...buffer,
      entries: [...others, { ...entry, times: (before.times ?? 1) + 1 }],
      anchor: anchor?.key === before.key ? { ...anchor, key: entry.key } : anchor,
    };
  });
  return { ...next, serial: state.serial + 1 };
}

/** What was looked up is put away. */
export function closeHelp(state: State, id: BufferId): State {
  const help = (entry: Entry): boolean => entry.type === 'notice' && entry.tone === 'help';
  if (!bufferOf(state, id)?.entries.some(help)) return state;
  return changeBuffer(state, id, (buffer) => ({
    ...buffer,
    entries: buffer.entries.filter((entry) => !help(entry)),
  }));
}

/** `serial` makes its key unique. */
export function noticeEntry(
  { at, serial }: { readonly at: number; readonly serial: number },
  tone: NoticeTone,
  text: string,
): EntryOf<'notice'> {
  return { key: `notice ${serial}`, at, type: 'notice', text, tone };
}
