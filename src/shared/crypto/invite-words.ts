import { primitives } from '#primitives';
import { concatBytes, utf8 } from '../bytes.ts';
import { WORDS_SECRET_BYTES } from '../limits.ts';
import { generateCode } from './invite.ts';
import { makeRoomId, signerFrom, type Signer } from './sign.ts';
import { wordList } from './word-list.ts';

/** Words of a spoken invite, 10 bits each: 9 bytes of secret and one that tells a slip of the tongue. */
export const INVITE_WORDS = 8;
const WORD_BITS = 10;
/** Letters of a word that name it. */
const TELLING_LETTERS = 4;
/** So many listed words among what was typed are no room's name. */
const SURELY_WORDS = 6;
const noSalt = new Uint8Array();

export type SpokenInvite =
  | { readonly ok: true; readonly secret: Uint8Array }
  /** `unknown` are words that are on no list; `count` is how many words there were. */
  | { readonly ok: false; readonly count: number; readonly unknown: readonly string[] };

/** Where somebody who knows the words finds whoever made them: a private room of one key, both made from the words. */
export interface MeetingPlace {
  readonly signer: Signer;
  readonly nonce: Uint8Array;
  readonly room: Uint8Array;
  /** The room's join code. */
  readonly code: Uint8Array;
}

export function generateWordsSecret(): Uint8Array {
  return generateCode().slice(0, WORDS_SECRET_BYTES);
}

/** Eight words for 9 bytes. */
export function formatWords(secret: Uint8Array): string {
  if (secret.length !== WORDS_SECRET_BYTES) throw new RangeError('secret of a wrong length');
  const checked = concatBytes(secret, checkOf(secret));
  const words: string[] = [];
  let buffer = 0;
  let bits = 0;
  for (const byte of checked) {
    buffer = ((buffer << 8) | byte) & 0xf_ffff;
    bits += 8;
    if (bits < WORD_BITS) continue;
    bits -= WORD_BITS;
    words.push(wordList[(buffer >> bits) & 0x3ff] ?? '');
  }
  return words.join(' ');
}

/**
 * Reads what was heard: case, commas and dashes do not matter, the first four letters of a word are enough. Undefined
 * for what is no spoken invite at all, such as a room's name.
 */
export function parseWords(text: string): SpokenInvite | undefined {
  const typed = text
    .toLowerCase()
    .split(/[\s,.;-]+/)
    .filter((word) => word !== '');
  const places = typed.map(placeOf);
  const known = places.filter((place) => place !== undefined);
  if (known.length < SURELY_WORDS || known.length < typed.length - 2) return undefined;
  const unknown = typed.filter((_, index) => places[index] === undefined);
  const refusal = { ok: false, count: typed.length, unknown } as const;
  if (typed.length !== INVITE_WORDS || unknown.length > 0) return refusal;
  const bytes: number[] = [];
  let buffer = 0;
  let bits = 0;
  for (const place of known) {
    buffer = ((buffer << WORD_BITS) | place) & 0xf_ffff;
    bits += WORD_BITS;
    for (; bits >= 8; bits -= 8) bytes.push((buffer >> (bits - 8)) & 0xff);
  }
  const secret = Uint8Array.from(bytes.slice(0, WORDS_SECRET_BYTES));
  return bytes[WORDS_SECRET_BYTES] === checkOf(secret)[0] ? { ok: true, secret } : refusal;
}

/** All that both sides need, from the secret alone. */
export function meetingPlace(secret: Uint8Array): MeetingPlace {
  const derive = (purpose: string, length: number): Uint8Array =>
    primitives.hkdfSha256(secret, noSalt, utf8(`tc1/words-${purpose}`), length);
  const signer = signerFrom(derive('key', 32));
  const nonce = derive('nonce', 16);
  return { signer, nonce, room: makeRoomId(signer.publicKey, nonce), code: derive('code', 16) };
}

function checkOf(secret: Uint8Array): Uint8Array {
  return primitives.sha256(utf8('tc1/words'), secret).subarray(0, 1);
}

function placeOf(typed: string): number | undefined {
  const exact = wordList.indexOf(typed);
  if (exact >= 0) return exact;
  if (typed.length < TELLING_LETTERS) return undefined;
  const found = wordList.findIndex((word) => word.startsWith(typed.slice(0, TELLING_LETTERS)));
  // A longer word that only begins so was heard, not this one.
  return found >= 0 && (wordList[found] ?? '').startsWith(typed) ? found : undefined;
}
