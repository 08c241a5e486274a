import type { IdentityKey, LogId, MessageId, RoomId } from '../../shared/ids.ts';
import type { PostKind } from '../../shared/room/events.ts';
import type { Row } from './archive-database.ts';
import type { KnownRoom, LogPosition, PendingPost, SequencedLine } from './archive.ts';
import { shownBody, type LineMarks, type MarkedText } from './line-changes.ts';
import type { LineRef, RoomLineBody } from '../session-events.ts';

/** What `toLine` and `markedText` read of the table `line`. */
export const lineColumns =
  'line.seq, line.id, line.at, line.sent_at, line.author, line.tag, line.nick, line.kind, line.body, line.marks';

export function toRoom(row: Row): KnownRoom {
  return {
    id: row['id'] as RoomId,
    host: row['host'] as IdentityKey,
    title: row['title'] as string,
    topic: row['topic'] as string,
    private: row['private'] === 1,
    relay: row['relay'] as string,
    ...(row['code'] instanceof Uint8Array ? { code: row['code'] } : {}),
  };
}

export function markedText(row: Row): MarkedText {
  const { marks } = row;
  return {
    text: row['body'] as string,
    marks: typeof marks === 'string' ? (JSON.parse(marks) as LineMarks) : {},
  };
}

export function toLine(row: Row): SequencedLine {
  const kind = row['kind'] as RoomLineBody['kind'];
  const body =
    kind === 'text' || kind === 'me'
      ? shownBody(kind, markedText(row))
      : { kind, ...(JSON.parse(row['body'] as string) as object) };
  return {
    seq: Number(row['seq']),
    id: row['id'] as MessageId,
    at: Number(row['at']),
    sentAt: Number(row['sent_at']),
    by: { key: row['author'] as IdentityKey, tag: row['tag'] as string, nick: row['nick'] as string },
    ...(body as RoomLineBody),
  };
}

export function toPosition(row: Row): LogPosition {
  return {
    log: row['log'] as LogId,
    seq: Number(row['seq']),
    hash: row['hash'] as Uint8Array,
    first: Number(row['first']),
    firstHash: row['first_hash'] as Uint8Array,
  };
}

export function toPending(row: Row): PendingPost {
  return {
    id: row['id'] as MessageId,
    kind: row['kind'] as PostKind,
    text: row['text'] as string,
    time: Number(row['time']),
    ...(row['ref'] === null ? {} : { ref: row['ref'] as string }),
    ...(row['re'] === null ? {} : { re: JSON.parse(row['re'] as string) as LineRef }),
  };
}
