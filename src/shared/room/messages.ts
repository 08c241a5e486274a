import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { refusalCodes, type RefusalCode } from '../errors.ts';
import { IDENTITY_BYTES, LOG_ID_BYTES, MESSAGE_ID_BYTES } from '../ids.ts';
import {
  MAX_BANS_CHUNK,
  MAX_INVITE_MS,
  MAX_INVITES,
  MAX_LINK_BYTES,
  MAX_MOTD_BYTES,
  MAX_NICK_BYTES,
  MAX_PAGE_EVENTS,
  MAX_REASON_BYTES,
  MAX_ROSTER_CHUNK,
  MAX_SLOW_SECONDS,
  MAX_STATUS_BYTES,
  MAX_TITLE_BYTES,
  MAX_TOPIC_BYTES,
  WORDS_SECRET_BYTES,
} from '../limits.ts';
import { bytesOf, parseNamed, textOf, uint } from '../schema.ts';
import { filters, signedEventSchema } from './events.ts';
import { headSchema } from './head.ts';
import { presences, roles } from './roles.ts';
import { vias } from './via.ts';

const inviteStates = ['open', 'used', 'expired', 'revoked'] as const;
export type InviteState = (typeof inviteStates)[number];

const identity = bytesOf(IDENTITY_BYTES);
const eventId = bytesOf(MESSAGE_ID_BYTES);
const kepoch = uint(0xffff_ffff);
const code: v.GenericSchema<RefusalCode> = v.picklist(refusalCodes);
const retryMs = v.optional(uint());

const rosterMember = v.strictObject({
  key: identity,
  nick: textOf(MAX_NICK_BYTES),
  role: v.picklist(roles),
  presence: v.picklist(presences),
  /** What the member says of being away. */
  status: v.optional(textOf(MAX_STATUS_BYTES)),
  /** Ms for which the member stays silenced; `Number.MAX_SAFE_INTEGER`: for good. */
  muted: v.optional(uint()),
  /** The line it is on, where the room has several. */
  via: v.optional(v.picklist(vias)),
});
export type RosterMember = v.InferOutput<typeof rosterMember>;

/** Who wrote something and is not on the roster any more; `nick` is what the key was called last. */
const formerMember = v.strictObject({ key: identity, nick: textOf(MAX_NICK_BYTES) });
export type FormerMember = v.InferOutput<typeof formerMember>;

/** Somebody a room keeps out; `nick` is what the key was called then. */
const ban = v.strictObject({
  key: identity,
  nick: textOf(MAX_NICK_BYTES),
  by: identity,
  /** What is left; absent: for good. */
  ms: v.optional(uint()),
  reason: v.optional(textOf(MAX_REASON_BYTES)),
});
export type WireBan = v.InferOutput<typeof ban>;

/** An invite with a code of its own. */
const invite = v.strictObject({
  n: uint(),
  state: v.picklist(inviteStates),
  once: v.boolean(),
  words: v.boolean(),
  /** What is left of an open one; absent: for good. */
  ms: v.optional(uint()),
  by: identity,
  /** Who came in by it; of several the last. */
  usedBy: v.optional(identity),
});
export type WireInvite = v.InferOutput<typeof invite>;

/** Member → host, each one Noise transport message. */
export const memberMessages = {
  /** A signed event for the host to sequence; answered by its cast, or by `posted` or `rejected`. */
  post: v.strictObject({ t: v.literal('post'), event: signedEventSchema }),
  /** Events `from`..`to`, both included; answered by `page`s. */
  fetch: v.strictObject({ t: v.literal('fetch'), rid: uint(), from: uint(), to: uint() }),
  presence: v.strictObject({
    t: v.literal('presence'),
    state: v.picklist(['online', 'away']),
    status: v.optional(textOf(MAX_STATUS_BYTES)),
  }),
  typing: v.strictObject({ t: v.literal('typing') }),
  /** Who is kept out; answered by `bans`. */
  bans: v.strictObject({ t: v.literal('bans'), rid: uint() }),
  /** Asks for a link into the room; with `once`, `words` or `ms` for one with a code of its own. Answered by `invited`. */
  invite: v.strictObject({
    t: v.literal('invite'),
    rid: uint(),
    once: v.boolean(),
    words: v.boolean(),
    ms: v.optional(uint(MAX_INVITE_MS)),
  }),
  /** Which were made, after `revoke` has been taken back; answered by `invites`. */
  invites: v.strictObject({ t: v.literal('invites'), rid: uint(), revoke: v.optional(uint()) }),
  leave: v.strictObject({ t: v.literal('leave'), reason: v.optional(textOf(MAX_REASON_BYTES)) }),
  ping: v.strictObject({ t: v.literal('ping'), rid: uint() }),
} as const;

/** Host → member, each one Noise transport message. */
export const hostMessages = {
  /** First transport message of an admitted member. `roster` holds the first members of `rosterSize`. */
  welcome: v.strictObject({
    t: v.literal('welcome'),
    title: textOf(MAX_TITLE_BYTES),
    topic: textOf(MAX_TOPIC_BYTES),
    private: v.boolean(),
    log: bytesOf(LOG_ID_BYTES),
    head: headSchema,
    key: bytesOf(32),
    role: v.picklist(roles),
    /** The first seq this member may fetch. */
    floor: uint(),
    /** The member's last counter the host has sequenced in this log. */
    counter: uint(),
    /** What became of `resume`: `pages` means that the missing events follow as unasked pages with rid 0. */
    resume: v.picklist(['fresh', 'pages', 'new-log', 'trimmed', 'diverged']),
    roster: v.pipe(v.array(rosterMember), v.maxLength(MAX_ROSTER_CHUNK)),
    rosterSize: uint(),
    /** The relay that the host runs itself, where the room has another line too. */
    lan: v.optional(bytesOf(IDENTITY_BYTES)),
    limits: v.strictObject({ rate: uint(), burst: uint(), textBytes: uint(), textLines: uint() }),
    rules: v.strictObject({
      /** Seconds between two messages of a member. */
      slow: uint(MAX_SLOW_SECONDS),
      /** What members may not send. */
      filters: v.pipe(v.array(v.picklist(filters)), v.maxLength(filters.length)),
      motd: textOf(MAX_MOTD_BYTES),
    }),
  }),
  /** Instead of `welcome`; the circuit is hung up after it. */
  refused: v.strictObject({
    t: v.literal('refused'),
    code,
    retryMs,
    reason: v.optional(textOf(MAX_REASON_BYTES)),
  }),
  roster: v.strictObject({
    t: v.literal('roster'),
    members: v.pipe(v.array(rosterMember), v.maxLength(MAX_ROSTER_CHUNK)),
  }),
  /**
   * Events `from`.. in order; `prev` is h_{from-1}, so that the chain can be followed to `head`, the signed state after
   * the last of them. `last` ends the answer to `rid` (0: the resume). `former`: authors of these events who have gone,
   * each in the first page of an answer that has something of them.
   */
  page: v.strictObject({
    t: v.literal('page'),
    rid: uint(),
    from: uint(),
    prev: bytesOf(32),
    events: v.pipe(v.array(signedEventSchema), v.maxLength(MAX_PAGE_EVENTS)),
    head: v.optional(headSchema),
    former: v.optional(v.pipe(v.array(formerMember), v.maxLength(MAX_PAGE_EVENTS))),
    last: v.boolean(),
  }),
  /** A new epoch key, for casts from seq `first` on. */
  rekey: v.strictObject({ t: v.literal('rekey'), kepoch, key: bytesOf(32), first: uint() }),
  /** The event was sequenced before; its cast will not come again. */
  posted: v.strictObject({ t: v.literal('posted'), id: eventId, seq: uint() }),
  rejected: v.strictObject({ t: v.literal('rejected'), id: eventId, code, retryMs }),
  /** The end: taken off the roster, or the host goes. */
  closing: v.strictObject({
    t: v.literal('closing'),
    code,
    retryMs,
    reason: v.optional(textOf(MAX_REASON_BYTES)),
  }),
  /** In several messages where there are many; `code` instead when they are not for this member. */
  bans: v.strictObject({
    t: v.literal('bans'),
    rid: uint(),
    code: v.optional(code),
    bans: v.pipe(v.array(ban), v.maxLength(MAX_BANS_CHUNK)),
    last: v.boolean(),
  }),
  /** `link` and what else there is to say of it, or `code`. `ms`: how long it leads in; `words`: what is spoken for it. */
  invited: v.strictObject({
    t: v.literal('invited'),
    rid: uint(),
    code: v.optional(code),
    limit: v.optional(uint()),
    link: v.optional(textOf(MAX_LINK_BYTES)),
    n: v.optional(uint()),
    words: v.optional(bytesOf(WORDS_SECRET_BYTES)),
    ms: v.optional(uint()),
  }),
  /** `code` instead when they are not for this member, or there is none to take back. */
  invites: v.strictObject({
    t: v.literal('invites'),
    rid: uint(),
    code: v.optional(code),
    invites: v.pipe(v.array(invite), v.maxLength(MAX_INVITES)),
  }),
  /** Instead of `welcome`, at a meeting place: the link that its words stand for. The circuit is hung up after it. */
  invite: v.strictObject({ t: v.literal('invite'), link: textOf(MAX_LINK_BYTES) }),
  /** `seq` is the host's last event, whose cast was sent before. */
  pong: v.strictObject({ t: v.literal('pong'), rid: uint(), seq: uint() }),
} as const;

/** What a cast's plaintext is. Hints carry seq 0 outside, no signature, and change neither roster nor history. */
export const castSchemas = {
  event: v.strictObject({ t: v.literal('event'), event: signedEventSchema, head: headSchema }),
  presence: v.strictObject({
    t: v.literal('presence'),
    key: identity,
    state: v.picklist(presences),
    status: v.optional(textOf(MAX_STATUS_BYTES)),
    via: v.optional(v.picklist(vias)),
  }),
  typing: v.strictObject({ t: v.literal('typing'), key: identity }),
} as const;

type Table = Readonly<Record<string, v.GenericSchema>>;
type Message<Schemas extends Table> = {
  [Name in keyof Schemas]: v.InferOutput<Schemas[Name]>;
}[keyof Schemas];
export type MemberMessage = Message<typeof memberMessages>;
export type HostMessage = Message<typeof hostMessages>;
export type CastMessage = Message<typeof castSchemas>;
export type HostMessageOf<Name extends HostMessage['t']> = Extract<HostMessage, { t: Name }>;

/** Unpadded plaintext; whoever seals it pads it. */
export function encodeRoomMessage(message: MemberMessage | HostMessage | CastMessage): Uint8Array {
  return encodeCbor(message);
}
/** Throws `ProtocolError`. */
export function decodeMemberMessage(bytes: Uint8Array): MemberMessage {
  return parseNamed(memberMessages, decodeCbor(bytes)) as MemberMessage;
}
/** Throws `ProtocolError`. */
export function decodeHostMessage(bytes: Uint8Array): HostMessage {
  return parseNamed(hostMessages, decodeCbor(bytes)) as HostMessage;
}
/** Throws `ProtocolError`. */
export function decodeCast(bytes: Uint8Array): CastMessage {
  return parseNamed(castSchemas, decodeCbor(bytes)) as CastMessage;
}
