/*
 * `chat-tui/protocol`: everything needed to speak with a relay, a host or a member, without I/O. What travels and what
 * is promised stands in docs/protocol.md.
 */

// Values every part uses
export { fromBase32, toBase32 } from './base32.ts';
export { decodeCbor, encodeCbor, MAX_CBOR_DEPTH } from './cbor.ts';
export { ProtocolError, refusalCodes, type RefusalCode, type Rejection } from './errors.ts';
export {
  identityKey,
  idBytes,
  logId,
  messageId,
  parseIdentityKey,
  parseRoomId,
  relayId,
  roomId,
  type IdentityKey,
  type LogId,
  type MessageId,
  type RelayId,
  type RoomId,
} from './ids.ts';
/** Default limits, by name; what a relay or host enforces is told in `hello` and `welcome`. */
export * as limits from './limits.ts';
export { DEFAULT_RELAY_PORT } from './ports.ts';
export { cleanNick, cleanTitle, sanitize, sanitizeLine } from './text.ts';

// The relay wire: what a relay may see
export { closeCodes, type CloseCode } from './wire/close-codes.ts';
export {
  DATA_HEADER_BYTES,
  decodeFromClient,
  decodeFromRelay,
  encodeCast,
  encodeControl,
  encodeSend,
  frameTypes,
  type Frame,
} from './wire/codec.ts';
export { isName, nameBytes, passwordProofBytes } from './wire/account.ts';
export type {
  AccountBackup,
  ListedEntry,
  Question,
  Reply,
  ReplyName,
  ReplyOf,
  Request,
  RequestName,
  RequestOf,
  Stretch,
} from './wire/control.ts';
export { decodeListing, encodeListing, type ListingBody } from './wire/listing.ts';
export { helloBytes, loginBytes, type LoginPurpose } from './wire/login.ts';
export { RELAY_PATH, SUBPROTOCOL, WIRE_VERSION } from './wire/version.ts';

// Room messages: what only a host and its members see
export {
  decodeEvent,
  decodeSignedEvent,
  encodeEvent,
  encodeSignedEvent,
  hostKinds,
  type EventKind,
  type EventOf,
  type PostKind,
  type RoomEvent,
  type SignedEvent,
} from './room/events.ts';
export {
  decodeHostHello,
  decodeMemberHello,
  encodeHostHello,
  encodeMemberHello,
  ROOM_VERSION,
  type HostHello,
  type MemberHello,
  type Resume,
} from './room/handshake.ts';
export { headBytes, type Head, type WireHead } from './room/head.ts';
export {
  decodeCast,
  decodeHostMessage,
  decodeMemberMessage,
  encodeRoomMessage,
  type CastMessage,
  type HostMessage,
  type HostMessageOf,
  type MemberMessage,
  type RosterMember,
} from './room/messages.ts';
export { may, permissions, type Action } from './room/permissions.ts';
export { presences, roles, type Presence, type Role } from './room/roles.ts';
export { decodeWhisper, encodeWhisper, type WhisperBody } from './room/whisper.ts';

// Identity and sealing
export {
  acceptableStretch,
  openBackup,
  passwordBytes,
  passwordKeys,
  sealBackup,
  STRETCHED_BYTES,
  type PasswordKeys,
} from './crypto/account.ts';
export {
  checkDeviceCertificate,
  issueDeviceCertificate,
  issuePrekey,
  openPrekey,
  type DeviceCertificate,
  type Prekey,
} from './crypto/certificate.ts';
export { chainNext, chainStart } from './crypto/chain.ts';
export {
  formatCode,
  formatInvite,
  generateCode,
  inviteFlaw,
  inviteRelayUrl,
  looksLikeInvite,
  parseCode,
  parseInvite,
  type Invite,
} from './crypto/invite.ts';
export {
  formatWords,
  generateWordsSecret,
  INVITE_WORDS,
  meetingPlace,
  parseWords,
  type MeetingPlace,
  type SpokenInvite,
} from './crypto/invite-words.ts';
export { handshakePrologue, joinPsk, safetyNumber } from './crypto/keys.ts';
export {
  type Channel,
  generateKeyPair,
  Handshake,
  type HandshakeOptions,
  keyPairFrom,
  type KeyPair,
  MAX_NOISE_BYTES,
} from './crypto/noise.ts';
export { MAX_PADDABLE_BYTES, pad, unpad } from './crypto/pad.ts';
export { castHeader, openCast, sealCast, type CastHeader } from './crypto/seal.ts';
export {
  keyTag,
  labels,
  makeRoomId,
  randomBytes,
  sign,
  signerFrom,
  verify,
  type Label,
  type Signer,
} from './crypto/sign.ts';
export { openWhisper, sealWhisper, whisperPrekeyId } from './crypto/whisper.ts';
