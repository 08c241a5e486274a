import { chainStart } from '../../shared/crypto/chain.ts';
import { generateCode } from '../../shared/crypto/invite.ts';
import { makeRoomId, randomBytes } from '../../shared/crypto/sign.ts';
import { sanitizeLine } from '../../shared/text.ts';
import type { History, RoomRecord } from './history.ts';

/** What whoever opens a room wants of it. */
export interface RoomChoice {
  /** The owner's key. */
  readonly owner: Uint8Array;
  /** For a room that begins; a room that is there keeps its own. */
  readonly title: string;
  readonly topic?: string | undefined;
  /** Absent: as the room was, or listed. */
  readonly private?: boolean | undefined;
  /** True: a join code, made if there is none. False: none. Absent: as the room was, or none. */
  readonly code?: boolean | Uint8Array | undefined;
}

/** The room of this history, or a new one, as it is wanted from now on. Throws `StorageError`. */
export function openRecord(history: History, choice: RoomChoice): RoomRecord {
  const stored = history.record();
  return stored ? changed(history, stored, choice) : begun(history, choice);
}

function begun(history: History, { owner, title, topic = '', ...choice }: RoomChoice): RoomRecord {
  const nonce = randomBytes(16);
  const record: RoomRecord = {
    room: makeRoomId(owner, nonce),
    nonce,
    log: randomBytes(8),
    title,
    topic: sanitizeLine(topic),
    private: choice.private ?? false,
    code: chosenCode(choice.code, undefined),
    kepoch: 0,
    rev: 0,
  };
  history.begin(record, chainStart(record.room, record.log));
  return record;
}

function changed(history: History, stored: RoomRecord, choice: RoomChoice): RoomRecord {
  const record = {
    ...stored,
    private: choice.private ?? stored.private,
    code: chosenCode(choice.code, stored.code),
  };
  if (record.private !== stored.private || record.code !== stored.code)
    history.update({ private: record.private, code: record.code });
  return record;
}

function chosenCode(choice: RoomChoice['code'], stored: Uint8Array | undefined): Uint8Array | undefined {
  if (choice === undefined) return stored;
  if (choice === true) return stored ?? generateCode();
  return choice === false ? undefined : choice;
}
