const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base32, lower case, no padding. */
export function toBase32(bytes: Uint8Array): string {
  // Joined at once: `+=` would keep a string object for every character as long as the id lives.
  const characters: string[] = [];
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      characters.push(alphabet.charAt((buffer >> bits) & 31));
    }
  }
  if (bits > 0) characters.push(alphabet.charAt((buffer << (5 - bits)) & 31));
  return characters.join('');
}

/** Undefined when `text` is not the one canonical spelling (case aside) of `length` bytes. */
export function fromBase32(text: string, length: number): Uint8Array | undefined {
  if (text.length !== Math.ceil((length * 8) / 5)) return undefined;
  const bytes = new Uint8Array(length);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const value = valueOf(character.charCodeAt(0));
    if (value < 0) return undefined;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 255;
    }
  }
  // Left-over bits must be zero: two spellings of one key would defeat comparing them as text.
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Not by `toLowerCase`, which makes a `k` of the Kelvin sign. */
function valueOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  return code >= 0x32 && code <= 0x37 ? code - 0x32 + 26 : -1;
}
