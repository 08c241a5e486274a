import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { IDENTITY_BYTES, LOG_ID_BYTES, MESSAGE_ID_BYTES, ROOM_ID_BYTES } from '../ids.ts';
import {
  MAX_EMOJI_NAME_BYTES,
  MAX_MOTD_BYTES,
  MAX_NICK_BYTES,
  MAX_REASON_BYTES,
  MAX_SLOW_SECONDS,
  MAX_TEXT_BYTES,
  MAX_TIME_MS,
  MAX_TITLE_BYTES,
  MAX_TOPIC_BYTES,
} from '../limits.ts';
import { bytesOf, parseWith, textOf, uint } from '../schema.ts';
import { roles, type Role } from './roles.ts';

const identity = bytesOf(IDENTITY_BYTES);
const lineId = bytesOf(MESSAGE_ID_BYTES);

/** What a room may refuse to carry; operators are not held by it. */
export const filters = ['links', 'invites'] as const;
export type Filter = (typeof filters)[number];
/** Roles that can be given and taken; the owner's cannot. */
const grantedRoles = ['member', 'op'] as const satisfies readonly Role[];

/** The body of each kind of event. Text is as its author sent it: whoever decodes it for a person sanitises it. */
export const eventBodies = {
  /** First of every log, by the host. */
  'room-opened': v.strictObject({ title: textOf(MAX_TITLE_BYTES), topic: textOf(MAX_TOPIC_BYTES) }),
  text: v.strictObject({
    text: textOf(MAX_TEXT_BYTES),
    /** The line it replies to. */
    re: v.optional(v.strictObject({ author: identity, id: lineId })),
  }),
  me: v.strictObject({ text: textOf(MAX_TEXT_BYTES) }),
  'topic-changed': v.strictObject({ topic: textOf(MAX_TOPIC_BYTES) }),
  'nick-changed': v.strictObject({ nick: textOf(MAX_NICK_BYTES) }),
  /** The key is off the roster; a rekey precedes whatever comes next. */
  kicked: v.strictObject({ key: identity, reason: v.optional(textOf(MAX_REASON_BYTES)) }),
  /** Kicked, where it was there, and kept out for `ms` from here on; for good without. */
  banned: v.strictObject({
    key: identity,
    ms: v.optional(uint()),
    reason: v.optional(textOf(MAX_REASON_BYTES)),
  }),
  unbanned: v.strictObject({ key: identity }),
  /** Silenced for `ms` from here on; for good without, and not any more with 0. */
  muted: v.strictObject({ key: identity, ms: v.optional(uint()) }),
  'role-changed': v.strictObject({ key: identity, role: v.picklist(grantedRoles) }),
  /** Least time between two messages of a member; 0: none. */
  'slow-changed': v.strictObject({ seconds: uint(MAX_SLOW_SECONDS) }),
  'filter-changed': v.strictObject({ filter: v.picklist(filters), on: v.boolean() }),
  'motd-changed': v.strictObject({ motd: textOf(MAX_MOTD_BYTES) }),
  /** The author's line `of` says this from here on. */
  edited: v.strictObject({ of: lineId, text: textOf(MAX_TEXT_BYTES) }),
  /** `author`'s line `of` is not to be shown any more. */
  deleted: v.strictObject({ of: lineId, author: identity }),
  /** `emoji` is a name of the table (`shared/emoji.ts`); `on` false takes it back. */
  reacted: v.strictObject({
    of: lineId,
    author: identity,
    emoji: textOf(MAX_EMOJI_NAME_BYTES),
    on: v.boolean(),
  }),
  /** By the host: the key is on the roster from here on. */
  'member-joined': v.strictObject({ key: identity, nick: textOf(MAX_NICK_BYTES), role: v.picklist(roles) }),
  /** By the host: the key is off the roster; a rekey precedes whatever comes next. */
  'member-left': v.strictObject({ key: identity, reason: v.optional(textOf(MAX_REASON_BYTES)) }),
} as const;

export type EventKind = keyof typeof eventBodies;
/** Kinds only the host's own key may author. */
export const hostKinds = [
  'room-opened',
  'member-joined',
  'member-left',
] as const satisfies readonly EventKind[];
export function isHostKind(kind: EventKind): kind is (typeof hostKinds)[number] {
  const kinds: readonly EventKind[] = hostKinds;
  return kinds.includes(kind);
}

/** Kinds a member authors and posts. */
export type PostKind = Exclude<EventKind, (typeof hostKinds)[number]>;

interface EventHead {
  readonly room: Uint8Array;
  readonly log: Uint8Array;
  readonly id: Uint8Array;
  /** Rises with each event of one author in one log. */
  readonly counter: number;
  /** The author's clock, ms since 1970. It orders nothing. */
  readonly time: number;
}

export type RoomEvent = {
  [Kind in EventKind]: EventHead & {
    readonly kind: Kind;
    readonly body: v.InferOutput<(typeof eventBodies)[Kind]>;
  };
}[EventKind];
export type EventOf<Kind extends EventKind> = Extract<RoomEvent, { kind: Kind }>;

/** An event as it is signed, stored, chained and sent: `event` are the bytes `encodeEvent` gave, `sig` is the author's over `tc1/ev` ‖ `event`. */
export interface SignedEvent {
  readonly author: Uint8Array;
  readonly event: Uint8Array;
  readonly sig: Uint8Array;
}

export const signedEventSchema = v.strictTuple([identity, bytesOf(1, 8_192), bytesOf(64)]);

const eventSchema = v.strictTuple([
  bytesOf(ROOM_ID_BYTES),
  bytesOf(LOG_ID_BYTES),
  bytesOf(MESSAGE_ID_BYTES),
  uint(),
  v.picklist(Object.keys(eventBodies) as EventKind[]),
  uint(MAX_TIME_MS),
  v.looseObject({}),
]);

/** The exact bytes an author signs: `[room, log, id, counter, kind, time, body]`. */
export function encodeEvent(event: RoomEvent): Uint8Array {
  return encodeCbor([event.room, event.log, event.id, event.counter, event.kind, event.time, event.body]);
}

/** Throws `ProtocolError`. */
export function decodeEvent(bytes: Uint8Array): RoomEvent {
  const [room, log, id, counter, kind, time, rawBody] = parseWith(eventSchema, decodeCbor(bytes), 'event');
  const body = parseWith(eventBodies[kind], rawBody, kind);
  return { room, log, id, counter, kind, time, body } as RoomEvent;
}

/** The bytes that go into the chain's SHA-256 and into storage: `[author, event, sig]`. */
export function encodeSignedEvent(signed: SignedEvent): Uint8Array {
  return encodeCbor([signed.author, signed.event, signed.sig]);
}

/** Throws `ProtocolError`. */
export function decodeSignedEvent(bytes: Uint8Array): SignedEvent {
  const [author, event, sig] = parseWith(signedEventSchema, decodeCbor(bytes), 'signed event');
  return { author, event, sig };
}
