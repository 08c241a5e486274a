import * as v from 'valibot';
import { refusalCodes, type RefusalCode } from '../errors.ts';
import { IDENTITY_BYTES, MESSAGE_ID_BYTES, ROOM_ID_BYTES } from '../ids.ts';
import {
  HARD_MAX_MEMBERS,
  MARK_BYTES,
  MAX_BACKUP_BYTES,
  MAX_EXPECTED,
  MAX_FOUND_NAMES,
  MAX_MAIL_BYTES,
  MAX_SEARCH,
  MAX_TERMS_BYTES,
  MAX_TITLE_BYTES,
} from '../limits.ts';
import { bytesOf, textOf, uint } from '../schema.ts';

const U32 = 0xffff_ffff;
const rid = uint(U32);
const identity = bytesOf(IDENTITY_BYTES);
const roomId = bytesOf(ROOM_ID_BYTES);
const nonce16 = bytesOf(16);
const nonce32 = bytesOf(32);
const signature = bytesOf(64);
const mailId = bytesOf(MESSAGE_ID_BYTES);
const code: v.GenericSchema<RefusalCode> = v.picklist(refusalCodes);

/** A certified whisper prekey (`shared/crypto/certificate.ts`), opaque here but for its length. */
const prekey = bytesOf(1, 512);
/** A directory entry as its host signed it: `body` is the encoding of `ListingBody` (`listing.ts`). */
const entry = v.strictObject({ body: bytesOf(1, 1_024), sig: signature });

/** Its form is the relay's to judge, so that a person is told what is wrong with it. */
const name = textOf(64);
/** How a password is stretched by Argon2id: memory in KiB, passes, lanes. What is sane is the client's to judge. */
const stretch = v.strictObject({
  salt: nonce16,
  kib: uint(U32),
  passes: uint(255),
  lanes: uint(255),
});

/** What a client asks of a relay. Every request with a `rid` is answered once by a message that repeats it. */
export const requestSchemas = {
  login: v.strictObject({
    t: v.literal('login'),
    rid,
    identity,
    nonce: nonce32,
    purpose: v.picklist(['member', 'host']),
    /** Over `tc1/login`, see `loginBytes` in `login.ts`. */
    sig: signature,
    /** Program and version; our relay does nothing with it. */
    app: v.optional(textOf(64)),
  }),
  watch: v.strictObject({ t: v.literal('watch'), rid }),
  unwatch: v.strictObject({ t: v.literal('unwatch'), rid }),
  'open-room': v.strictObject({
    t: v.literal('open-room'),
    rid,
    room: roomId,
    /** With the login's identity it makes the room id, so nobody can hold another's. */
    nonce: nonce16,
    maxMembers: uint(HARD_MAX_MEMBERS),
    /** Absent for a private room, which is dialled by id and never listed. */
    entry: v.optional(entry),
    /** Marks (`memberMark`) of members who may come back at once, joined. */
    expected: v.optional(bytesOf(0, MAX_EXPECTED * MARK_BYTES)),
  }),
  renew: v.strictObject({ t: v.literal('renew'), rid, handle: uint(U32), fence: uint() }),
  update: v.strictObject({ t: v.literal('update'), rid, handle: uint(U32), fence: uint(), entry }),
  'close-room': v.strictObject({ t: v.literal('close-room'), rid, handle: uint(U32), fence: uint() }),
  /** `conv` goes into the handshake's prologue. */
  dial: v.strictObject({ t: v.literal('dial'), rid, room: roomId, conv: nonce16 }),
  /** Host: the circuit's member gets this room's casts from here on. */
  admit: v.strictObject({ t: v.literal('admit'), circuit: uint(U32) }),
  /** Either side: ends the circuit; the other side is told with the same code. */
  hangup: v.strictObject({
    t: v.literal('hangup'),
    circuit: uint(U32),
    code: v.optional(code),
    retryMs: v.optional(uint()),
  }),
  'put-prekey': v.strictObject({ t: v.literal('put-prekey'), rid, prekey }),
  'get-prekey': v.strictObject({ t: v.literal('get-prekey'), rid, identity }),
  'put-mail': v.strictObject({
    t: v.literal('put-mail'),
    rid,
    to: identity,
    id: mailId,
    mail: bytesOf(1, MAX_MAIL_BYTES),
  }),
  /** From here on this identity's mail for us is answered as if nobody had our key; `unblock` ends that. */
  block: v.strictObject({ t: v.literal('block'), rid, identity }),
  unblock: v.strictObject({ t: v.literal('unblock'), rid, identity }),
  /** Sent after the recipient made the mail durable; the relay then forgets it. */
  'ack-mail': v.strictObject({
    t: v.literal('ack-mail'),
    mails: v.pipe(v.array(v.strictObject({ from: identity, id: mailId })), v.maxLength(128)),
  }),
  /** It cannot be opened here, being sealed for another device: the relay forgets it, and the sender seals it anew. */
  'return-mail': v.strictObject({
    t: v.literal('return-mail'),
    mails: v.pipe(v.array(v.strictObject({ from: identity, id: mailId })), v.maxLength(128)),
  }),
  /** The sender has seen these delivery receipts. */
  'ack-receipts': v.strictObject({
    t: v.literal('ack-receipts'),
    ids: v.pipe(v.array(mailId), v.maxLength(128)),
  }),
  /** `sig` is over `tc1/name`, see `nameBytes` in `account.ts`; `at` in ms since 1970. */
  'claim-name': v.strictObject({ t: v.literal('claim-name'), rid, name, at: uint(), sig: signature }),
  /** By name, or whose name this key has here. */
  lookup: v.strictObject({
    t: v.literal('lookup'),
    rid,
    by: v.union([v.strictObject({ name }), v.strictObject({ identity })]),
  }),
  /** `*` stands for anything; without one, names that contain the text. */
  'search-names': v.strictObject({ t: v.literal('search-names'), rid, text: textOf(MAX_SEARCH) }),
  'release-name': v.strictObject({ t: v.literal('release-name'), rid, name }),
  /** For the name of this login; absent: forget what is there. */
  'put-backup': v.strictObject({
    t: v.literal('put-backup'),
    rid,
    backup: v.optional(
      v.strictObject({
        stretch,
        /** Public half of the login key. */
        login: identity,
        commitment: nonce32,
        sealed: bytesOf(1, MAX_BACKUP_BYTES),
      }),
    ),
  }),
  'ask-backup': v.strictObject({ t: v.literal('ask-backup'), rid, name }),
  /** `proof` is by the login key over `tc1/proof`, see `passwordProofBytes` in `account.ts`. */
  'get-backup': v.strictObject({
    t: v.literal('get-backup'),
    rid,
    name,
    nonce: nonce32,
    proof: signature,
  }),
  /** A round trip through the relay; answered by `pong`. */
  ping: v.strictObject({ t: v.literal('ping'), rid }),
} as const;

const listed = v.strictObject({ body: bytesOf(1, 1_024), sig: signature, members: uint(HARD_MAX_MEMBERS) });

/** What a relay says. */
export const replySchemas = {
  challenge: v.strictObject({ t: v.literal('challenge'), v: uint(255), relay: identity, nonce: nonce32 }),
  hello: v.strictObject({
    t: v.literal('hello'),
    rid,
    /** Relay's signature over `tc1/hello`, see `helloBytes` in `login.ts`. */
    sig: signature,
    /** How the operator calls this relay; a label only. */
    name: v.optional(textOf(MAX_TITLE_BYTES)),
    /** What the operator wants read at the first visit. */
    terms: v.optional(textOf(MAX_TERMS_BYTES)),
    limits: v.strictObject({
      rooms: uint(),
      members: uint(),
      framesPerSecond: uint(),
      bytesPerSecond: uint(),
      mailboxMessages: uint(),
      mailBytes: uint(),
    }),
  }),
  /** The answer to `watch` with `full`, and later each change: entries that are new or changed, ids that are gone. */
  listing: v.strictObject({
    t: v.literal('listing'),
    rid: v.optional(rid),
    full: v.boolean(),
    entries: v.array(listed),
    gone: v.array(roomId),
  }),
  'room-opened': v.strictObject({
    t: v.literal('room-opened'),
    rid,
    handle: uint(U32),
    fence: uint(),
    leaseMs: uint(),
  }),
  ok: v.strictObject({ t: v.literal('ok'), rid }),
  /** To the host: somebody dials. Nothing is admitted yet. */
  incoming: v.strictObject({
    t: v.literal('incoming'),
    handle: uint(U32),
    circuit: uint(U32),
    conv: nonce16,
    identity,
  }),
  dialled: v.strictObject({ t: v.literal('dialled'), rid, circuit: uint(U32), handle: uint(U32) }),
  hangup: v.strictObject({
    t: v.literal('hangup'),
    circuit: uint(U32),
    code: v.optional(code),
    retryMs: v.optional(uint()),
  }),
  prekey: v.strictObject({ t: v.literal('prekey'), rid, prekey }),
  'mail-stored': v.strictObject({ t: v.literal('mail-stored'), rid }),
  mail: v.strictObject({
    t: v.literal('mail'),
    from: identity,
    id: mailId,
    mail: bytesOf(1, MAX_MAIL_BYTES),
    /** When the relay stored it, ms since 1970 by the relay's clock; for display only. */
    at: uint(),
  }),
  /** To the sender, now or at its next login: the recipients acknowledged these. */
  receipts: v.strictObject({
    t: v.literal('receipts'),
    ids: v.pipe(v.array(mailId), v.maxLength(128)),
    /** These came back unopened. */
    returned: v.pipe(v.array(mailId), v.maxLength(128)),
  }),
  /** `password`: it can be fetched with one; told to its owner only. */
  'name-found': v.strictObject({
    t: v.literal('name-found'),
    rid,
    name,
    identity,
    at: uint(),
    sig: signature,
    online: v.boolean(),
    password: v.optional(v.boolean()),
  }),
  names: v.strictObject({
    t: v.literal('names'),
    rid,
    names: v.pipe(
      v.array(v.strictObject({ name, identity, online: v.boolean() })),
      v.maxLength(MAX_FOUND_NAMES),
    ),
    /** There are more that fit. */
    more: v.boolean(),
  }),
  /** Also for names that nobody has, with a salt of their own. `nonce` is good for one `get-backup`. */
  'backup-challenge': v.strictObject({ t: v.literal('backup-challenge'), rid, stretch, nonce: nonce32 }),
  backup: v.strictObject({
    t: v.literal('backup'),
    rid,
    identity,
    commitment: nonce32,
    sealed: bytesOf(1, MAX_BACKUP_BYTES),
  }),
  pong: v.strictObject({ t: v.literal('pong'), rid }),
  error: v.strictObject({
    t: v.literal('error'),
    /** The request it answers; absent when it concerns the whole connection. */
    rid: v.optional(rid),
    code,
    retryMs: v.optional(uint()),
    limit: v.optional(uint()),
    /** The connection is closed after it. */
    fatal: v.boolean(),
  }),
} as const;

export type RequestName = keyof typeof requestSchemas;
export type ReplyName = keyof typeof replySchemas;
export type Request = { [Name in RequestName]: v.InferOutput<(typeof requestSchemas)[Name]> }[RequestName];
export type Reply = { [Name in ReplyName]: v.InferOutput<(typeof replySchemas)[Name]> }[ReplyName];
export type RequestOf<Name extends RequestName> = Extract<Request, { t: Name }>;
export type ReplyOf<Name extends ReplyName> = Extract<Reply, { t: Name }>;
/** A request that is answered. */
export type Question = Extract<Request, { rid: number }>;
/** How an account's password is stretched. */
export type Stretch = v.InferOutput<typeof stretch>;
/** What a relay keeps for a password: nothing in it is the password or opens without it. */
export type AccountBackup = NonNullable<RequestOf<'put-backup'>['backup']>;
/** A signed directory entry with its member count. */
export type ListedEntry = ReplyOf<'listing'>['entries'][number];
