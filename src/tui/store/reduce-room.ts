import type { RoomEventBody } from '../../client/session-events.ts';
import { sentence } from '../../client/words/refusal-words.ts';
import {
  changedKeyWords,
  gapWords,
  removedWords,
  resumeReasonWords,
  suspicionWords,
} from '../../client/words/state-words.ts';
import { isSaid } from '../../client/words/line-words.ts';
import { assertNever } from '../../shared/errors.ts';
import {
  changeEntry,
  dropOldest,
  isNews,
  lineEntry,
  lineKey,
  placeLine,
  requoted,
  type Oneself,
} from './entries.ts';
import { noticeEntry } from './reduce-notices.ts';
import {
  MAX_ENTRIES,
  MAX_TYPING,
  type Entry,
  type EntryOf,
  type NoticeTone,
  type RoomBuffer,
} from './state.ts';

/** What a room's reducer needs to know of the rest of the screen. */
export interface RoomScene {
  readonly self: Oneself;
  readonly current: boolean;
  readonly at: number;
  /** For the keys of notices. */
  readonly serial: number;
}

/** Below a line that says whose it is, and indented: none of it can pass for a sentence of ours. */
function motdWords(motd: string): string {
  return `Message of the day of this room:\n${motd.replaceAll(/^/gm, '  ')}`;
}

/** One event of one room; `serial` of the scene is used up when entries with new keys were made. */
export function reduceRoom(buffer: RoomBuffer, event: RoomEventBody, scene: RoomScene): RoomBuffer {
  switch (event.type) {
    case 'state': {
      const base = { ...buffer, state: event.state, reason: event.reason, call: undefined, silent: false };
      return event.state === 'online' ? base : { ...base, ms: undefined, typing: [] };
    }
    case 'calling':
      return { ...buffer, call: event.step };
    case 'ready': {
      const motd = event.info.rules?.motd ?? '';
      const again = buffer.me !== undefined && motd === buffer.info.rules?.motd;
      const base = ready(buffer, event);
      return motd === '' || again ? base : notice(base, scene, 'event', motdWords(motd));
    }
    case 'line':
      return sequenced(buffer, event, scene);
    case 'echo':
      if (!buffer.attached) return buffer;
      return append(buffer, lineEntry(event.line, scene.self, { type: 'waiting' }));
    case 'sent':
      return settle(buffer, lineKey(event.id), (entry) =>
        placeLine(buffer.entries, {
          ...entry,
          line: { ...entry.line, seq: event.seq },
          status: { type: 'sent' },
        }),
      );
    case 'failed':
      if (!buffer.entries.some(({ key }) => key === lineKey(event.id)))
        return notice(buffer, scene, 'error', sentence(event.code, retry(event.retryMs)));
      return settle(buffer, lineKey(event.id), (entry) =>
        changeEntry(buffer.entries, entry.key, () => ({
          ...entry,
          status: { type: 'failed', why: sentence(event.code, retry(event.retryMs)) },
        })),
      );
    case 'members': {
      const here = (key: string): boolean => event.members.some((member) => member.key === key);
      const typing = buffer.typing.filter(({ who }) => here(who.key));
      return { ...buffer, members: event.members, typing };
    }
    case 'presence':
      return {
        ...buffer,
        typing:
          event.presence === 'offline'
            ? buffer.typing.filter(({ who }) => who.key !== event.who.key)
            : buffer.typing,
        members: buffer.members.map((member) => {
          if (member.key !== event.who.key) return member;
          const { status: _, ...rest } = member;
          return {
            ...rest,
            presence: event.presence,
            ...(event.status === undefined ? {} : { status: event.status }),
          };
        }),
      };
    case 'typing': {
      const others = buffer.typing.filter(({ who }) => who.key !== event.who.key);
      return { ...buffer, typing: [...others, { who: event.who, at: scene.at }].slice(-MAX_TYPING) };
    }
    case 'info':
      return { ...buffer, info: event.info };
    case 'gap':
      return notice(buffer, scene, 'warning', gapWords(event.from, event.to));
    case 'resumed':
      if (event.reason === undefined) return buffer;
      return notice(buffer, scene, 'warning', `${resumeReasonWords[event.reason]}.`);
    case 'progress':
      return {
        ...buffer,
        progress: event.done < event.total ? { done: event.done, total: event.total } : undefined,
      };
    case 'removed': {
      const named = event.code === 'kicked' || event.code === 'banned';
      // Last, so that whatever the host says cannot pass for our own words behind it.
      const reason = event.reason === undefined || named ? '' : ` The host says: ${event.reason}`;
      const { attached, entries, aside, info } = buffer;
      // Nothing brings newer lines any more: what waited for them is told now.
      const whole = { ...buffer, attached: true, entries: [...entries, ...aside], aside: [] };
      const told = notice(whole, scene, 'error', `${removedWords(event, info.title)}${reason}`);
      return { ...told, attached, over: true };
    }
    case 'changed': {
      const base = { ...buffer, head: Math.max(buffer.head, event.seq) };
      const { line } = event;
      if (!line) return base;
      const changed = settle(base, lineKey(line.id), (entry) =>
        changeEntry(base.entries, entry.key, () => ({ ...entry, line })),
      );
      return { ...changed, entries: requoted(changed.entries, [line]) };
    }
    case 'hidden':
      return { ...buffer, head: Math.max(buffer.head, event.seq) };
    case 'changed-key':
      return notice(buffer, scene, 'warning', changedKeyWords(event));
    case 'suspicious':
      return notice(buffer, scene, 'warning', suspicionWords(event.what, event.count));
    default:
      return assertNever(event);
  }
}

function ready(buffer: RoomBuffer, event: Extract<RoomEventBody, { type: 'ready' }>): RoomBuffer {
  const { info, me, members, log, seq } = event;
  const base: RoomBuffer = { ...buffer, info, me, members, log, reason: undefined, complete: false };
  if (buffer.log === undefined || buffer.log === log) return { ...base, backlog: buffer.backlog ?? seq };
  // Numbers of the old log mean nothing in the new one: what is on screen stays, in its place.
  return { ...base, head: 0, backlog: 0, entries: buffer.entries.map(withoutSeq) };
}

function sequenced(
  buffer: RoomBuffer,
  event: Extract<RoomEventBody, { type: 'line' }>,
  scene: RoomScene,
): RoomBuffer {
  const { line } = event;
  const entry = lineEntry(line, scene.self, isSaid(line) && event.mine ? { type: 'sent' } : undefined);
  const old = buffer.backlog === undefined ? event.history : line.seq <= buffer.backlog;
  const news = isNews(line, scene.self) && !old && line.seq > buffer.head;
  const unseen = news && !scene.current;
  const away = news && (!scene.current || event.history);
  const based: RoomBuffer = {
    ...buffer,
    info: line.kind === 'topic' && !old ? { ...buffer.info, topic: line.topic } : buffer.info,
    head: Math.max(buffer.head, line.seq),
    typing: buffer.typing.filter(({ who }) => who.key !== line.by.key),
    unread: buffer.unread + (unseen ? 1 : 0),
    mentions: buffer.mentions + (unseen && entry.mention ? 1 : 0),
    marker: buffer.marker ?? (away ? entry.key : undefined),
    markerSeq: buffer.marker === undefined ? (away ? line.seq : undefined) : buffer.markerSeq,
  };
  return append(based, entry);
}

function append(buffer: RoomBuffer, entry: EntryOf<'line'>): RoomBuffer {
  const known = buffer.entries.length;
  const below = buffer.anchor && !entry.mine ? buffer.below + 1 : buffer.below;
  // Whoever reads further up keeps what is on screen; what is new waits in the archive.
  const full = buffer.anchor !== undefined && known >= MAX_ENTRIES;
  if (!buffer.attached || full) return { ...buffer, below, attached: false };
  const entries = placeLine(buffer.entries, entry);
  return { ...buffer, entries: dropOldest(entries), below: entries.length > known ? below : buffer.below };
}

function settle(
  buffer: RoomBuffer,
  key: string,
  change: (entry: EntryOf<'line'>) => readonly Entry[],
): RoomBuffer {
  const entry = buffer.entries.findLast((each) => each.key === key);
  return entry?.type === 'line' ? { ...buffer, entries: change(entry) } : buffer;
}

function notice(buffer: RoomBuffer, scene: RoomScene, tone: NoticeTone, text: string): RoomBuffer {
  // Where newer lines are not in memory it comes with them.
  const place = buffer.attached ? 'entries' : 'aside';
  return { ...buffer, [place]: dropOldest([...buffer[place], noticeEntry(scene, tone, text)]) };
}

function withoutSeq(entry: Entry): Entry {
  if (entry.type !== 'line') return entry;
  const { seq: _, ...line } = entry.line;
  return { ...entry, line };
}

function retry(retryMs: number | undefined): { retryMs?: number } {
  return retryMs === undefined ? {} : { retryMs };
}
