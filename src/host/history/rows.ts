import type { SQLOutputValue } from 'node:sqlite';
import { filters } from '../../shared/room/events.ts';
import { roles, type Role } from '../../shared/room/roles.ts';
import {
  StorageError,
  type InviteRecord,
  type LineMarks,
  type MemberRecord,
  type RoomRecord,
  type SanctionRecord,
  type StoredEvent,
} from './history.ts';
import type { RoomRules } from '../room/room-state.ts';

/** A row of a room's file. Whoever reads of it what it does not hold throws `StorageError`. */
export type Row = Record<string, SQLOutputValue>;

export function roomRecord(row: Row): RoomRecord {
  return {
    room: blob(row, 'room'),
    nonce: blob(row, 'nonce'),
    log: blob(row, 'log'),
    title: text(row, 'title'),
    topic: text(row, 'topic'),
    private: number(row, 'private') === 1,
    code: row['code'] === null ? undefined : blob(row, 'code'),
    kepoch: number(row, 'kepoch'),
    rev: number(row, 'rev'),
  };
}

export function storedEvent(row: Row): StoredEvent {
  return {
    seq: number(row, 'seq'),
    author: blob(row, 'author'),
    id: blob(row, 'id'),
    hash: blob(row, 'hash'),
    signed: blob(row, 'signed'),
  };
}

export function memberRecord(row: Row): MemberRecord {
  return {
    key: blob(row, 'key'),
    nick: text(row, 'nick'),
    role: role(text(row, 'role')),
    floor: number(row, 'floor'),
    counter: number(row, 'counter'),
    onRoster: number(row, 'on_roster') === 1,
    kicked: number(row, 'kicked') === 1,
  };
}

export function sanctionRecord(row: Row): SanctionRecord {
  return {
    type: text(row, 'type') === 'ban' ? 'ban' : 'mute',
    key: blob(row, 'key'),
    nick: text(row, 'nick'),
    by: blob(row, 'by'),
    until: row['until'] === null ? undefined : number(row, 'until'),
    ms: row['ms'] === null ? undefined : number(row, 'ms'),
    reason: row['reason'] === null ? undefined : text(row, 'reason'),
  };
}

export function inviteRecord(row: Row): InviteRecord {
  return {
    n: number(row, 'n'),
    code: blob(row, 'code'),
    words: row['words'] === null ? undefined : blob(row, 'words'),
    once: number(row, 'once') === 1,
    expires: row['expires'] === null ? undefined : number(row, 'expires'),
    by: blob(row, 'by'),
    usedBy: row['used_by'] === null ? undefined : blob(row, 'used_by'),
    revoked: number(row, 'revoked') === 1,
  };
}

export function rulesRecord(row: Row): RoomRules {
  const active = new Set(text(row, 'filters').split(' '));
  return {
    slow: number(row, 'slow'),
    filters: filters.filter((filter) => active.has(filter)),
    motd: text(row, 'motd'),
  };
}

export function lineMarks(row: Row): LineMarks {
  return {
    edits: number(row, 'edits'),
    reactions: number(row, 'reactions'),
    deleted: number(row, 'deleted') === 1,
  };
}

function role(name: string): Role {
  const found = roles.find((known) => known === name);
  if (!found) throw new StorageError('unusable', 'unknown role');
  return found;
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new StorageError('unusable', `no number in ${column}`);
  return value;
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new StorageError('unusable', `no text in ${column}`);
  return value;
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new StorageError('unusable', `no bytes in ${column}`);
  return value;
}
