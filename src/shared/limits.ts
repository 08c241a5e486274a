/** Defaults of `docs/protocol.md`; what a relay or a host enforces may be configured, and is told in `hello` and `welcome`. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const KIB = 1_024;
export const MIB = 1_024 * KIB;

/** One WebSocket message, header byte included. */
export const MAX_FRAME_BYTES = 64 * KIB;
/** One control frame. */
export const MAX_CONTROL_BYTES = 32 * KIB;

/** Last moment that a `Date` can hold, ms since 1970; and the last number of a log, with room above it in 2^53. */
export const MAX_TIME_MS = 8_640_000_000_000_000;
export const MAX_SEQ = 2 ** 52;

/** One line a person writes: UTF-8 bytes and lines; longer is refused, never cut. */
export const MAX_TEXT_BYTES = 4_096;
export const MAX_TEXT_LINES = 64;
export const MAX_TITLE_GRAPHEMES = 64;
/** Bytes of a title on the wire: 64 graphemes of up to 4 bytes. */
export const MAX_TITLE_BYTES = 256;
export const MAX_TOPIC_BYTES = 256;
export const MAX_NICK_GRAPHEMES = 20;
export const MAX_NICK_BYTES = 64;
export const MAX_REASON_BYTES = 256;
export const MAX_STATUS_BYTES = 128;
/** What a room tells whoever comes in. */
export const MAX_MOTD_BYTES = 1_024;
export const MAX_MOTD_LINES = 12;

/** What a relay's operator wants read. */
export const MAX_TERMS_BYTES = 4_096;
export const MAX_TERMS_LINES = 64;

/** Invites a room remembers, those that lead nowhere any more included; how long one may be good for. */
export const MAX_INVITES = 64;
export const MAX_INVITE_MS = 90 * DAY;
/** What the eight words of a spoken invite stand for. */
export const WORDS_SECRET_BYTES = 9;
/** How long a spoken invite is good for, where nothing is said and at most. */
export const DEFAULT_WORDS_MS = 60 * MINUTE;
export const MAX_WORDS_MS = 24 * HOUR;
/** A link into a room: scheme, host name, port, room, key, code and check. */
export const MAX_LINK_BYTES = 512;

/** People kept out of one room, and people silenced in it; each list. */
export const MAX_SANCTIONS = 500;
/** Bans in one message. */
export const MAX_BANS_CHUNK = 64;
/** Longest wait between two messages of one member that slow mode asks for. */
export const MAX_SLOW_SECONDS = 6 * 3_600;
/** How often one line may be rewritten, and reactions of everybody to it, taken back ones included. */
export const MAX_EDITS_PER_LINE = 100;
export const MAX_REACTIONS_PER_LINE = 500;
export const MAX_EMOJI_NAME_BYTES = 32;

/** Messages a member may post: sustained rate a second and burst. */
export const DEFAULT_POST_RATE = 1;
export const DEFAULT_POST_BURST = 5;
/** Earlier messages a newcomer may read. */
export const DEFAULT_BACKLOG = 200;
export const DEFAULT_MAX_MEMBERS = 250;
/** Rooms that one connection may be in, and that a profile comes back to. */
export const MAX_ROOMS_PER_CONNECTION = 20;
/** Rooms of which a profile knows how far they were read, and windows for one person that come back. */
export const MAX_READ_POSITIONS = 100;
export const HARD_MAX_MEMBERS = 10_000;
/** Members a host names to the relay as expected, each by a mark of so many bytes. */
export const MAX_EXPECTED = 2_000;
export const MARK_BYTES = 8;

/** Events of one resume or history page. */
export const MAX_PAGE_EVENTS = 500;
/** Earlier events a host sends unasked; what is older is fetched when somebody asks. */
export const MAX_BACKLOG_EVENTS = 2_000;
/** Bytes of one page's plaintext, so that it fits one Noise message. */
export const MAX_PAGE_BYTES = 48 * KIB;
/** Members in one roster message. */
export const MAX_ROSTER_CHUNK = 200;

/** A disconnect shorter than this is not a leave. */
export const LEAVE_GRACE_MS = 10 * MINUTE;
export const REKEY_JOIN_MS = 2 * SECOND;
export const REKEY_EVERY_MS = 24 * HOUR;
export const REKEY_EVERY_CASTS = 10_000;
export const OLD_KEY_MS = 30 * SECOND;
/** A Noise session is made anew after this long. */
export const REHANDSHAKE_MS = 24 * HOUR;

/** Longest wait of a sequenced post for its group to be made durable. */
export const GROUP_COMMIT_MS = 20;

export const MAX_OUTBOX = 100;
export const OUTBOX_MS = 24 * HOUR;
/** How long a hole in the sequence may stay before it is fetched. */
export const GAP_WAIT_MS = 2 * SECOND;

export const RECONNECT_MIN_MS = 500;
export const RECONNECT_MAX_MS = 30 * SECOND;
/** Relay pings, and how long it waits for the pong; a client gives up after `SILENCE_MS` without a byte. */
export const PING_MS = 25 * SECOND;
export const PONG_MS = 10 * SECOND;
export const SILENCE_MS = 40 * SECOND;

export const LEASE_MS = 60 * SECOND;
export const LEASE_RENEW_MS = 20 * SECOND;

export const PREKEY_ROTATE_MS = 7 * DAY;
export const PREKEY_KEEP_MS = 45 * DAY;
export const DEVICE_CERT_MS = 365 * DAY;
/** How far apart the wall clocks of honest parties may be: a directory entry counts for so much longer. */
export const CLOCK_SKEW_MS = 25 * HOUR;
export const ENTRY_MS = 10 * MINUTE;

export const MAX_MAIL_BYTES = 16 * KIB;
export const MAIL_MS = 14 * DAY;
export const MAX_MAILBOX_MESSAGES = 128;
export const MAX_MAILBOX_BYTES = 2 * MIB;

/** A registered name: `[a-z0-9_-]`, this many of them. */
export const MIN_NAME = 3;
export const MAX_NAME = 20;
/** Graphemes of a password, and its bytes. */
export const MIN_PASSWORD = 8;
export const MAX_PASSWORD_BYTES = 1_024;
/** Sealed identity of an account, as a relay keeps it. */
export const MAX_BACKUP_BYTES = 512;
/** Names in one answer to a search; a search's text. */
export const MAX_FOUND_NAMES = 50;
export const MAX_SEARCH = 20;

/** Argon2id parameters an account may have: memory in KiB, passes, lanes. Fewer guess cheaply, more would stop a machine. */
export const MIN_STRETCH_KIB = 19 * KIB;
export const MAX_STRETCH_KIB = 256 * KIB;
export const MIN_STRETCH_PASSES = 1;
export const MAX_STRETCH_PASSES = 6;
export const STRETCH_LANES = 1;
export const DEFAULT_STRETCH = { kib: 64 * KIB, passes: 3, lanes: STRETCH_LANES } as const;
