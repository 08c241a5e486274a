import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCode,
  formatInvite,
  generateCode,
  inviteFlaw,
  inviteRelayUrl,
  looksLikeInvite,
  parseCode,
  parseInvite,
  type Invite,
} from '../../../src/shared/crypto/invite.ts';
import { identityKey, roomId } from '../../../src/shared/ids.ts';

const room = roomId(new Uint8Array(16).fill(0xab));
const key = identityKey(new Uint8Array(32).fill(0xcd));
const code = new Uint8Array(16).fill(0xef);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const hosts = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => new URL(`ws://[${address}]/`).hostname),
  fc.constantFrom('localhost', 'my_relay', 'a', '[::1]'),
);

const invites: fc.Arbitrary<Invite> = fc
  .record(
    {
      tls: fc.boolean(),
      host: hosts,
      port: fc.integer({ min: 1, max: 65_535 }),
      room: bytes(16).map(roomId),
      key: bytes(32).map(identityKey),
      code: bytes(16),
    },
    { requiredKeys: ['tls', 'host', 'room', 'key'] },
  )
  .filter(({ tls, port }) => port !== (tls ? 443 : 1_878));

const unchecked = (link: string) => link.replace(/~[a-z2-7]{4}$/, '');

describe('an invite', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(invites, (invite) => {
        expect(parseInvite(formatInvite(invite))).toEqual(invite);
      }),
    );
  });

  it('has one spelling, case aside', () => {
    const plain = fc
      .oneof(fc.domain(), fc.ipV4())
      .map((host): Invite => ({ tls: false, host, room, key, code }));
    fc.assert(
      fc.property(plain, fc.nat({ max: 150 }), fc.string({ maxLength: 2 }), (invite, at, put) => {
        const text = formatInvite(invite);
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        expect(parseInvite(changed)).toEqual(changed.toLowerCase() === text ? invite : undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[Invite, string]>([
    [{ tls: false, host: 'chat.example.org', room, key }, `tc://chat.example.org/${room}#${key}`],
    [{ tls: true, host: 'chat.example.org', room, key }, `tcs://chat.example.org/${room}#${key}`],
    [{ tls: false, host: '10.0.0.7', port: 9_000, room, key }, `tc://10.0.0.7:9000/${room}#${key}`],
    [{ tls: true, host: '[::1]', port: 1_878, room, key }, `tcs://[::1]:1878/${room}#${key}`],
    [{ tls: false, host: 'h', room, key, code }, `tc://h/${room}#${key}.${formatCode(code)}`],
  ])('is written in its form, without a default port', (invite, text) => {
    expect(unchecked(formatInvite(invite))).toBe(text);
    const named = { ...invite, port: invite.port ?? (invite.tls ? 443 : 1_878) };
    expect(formatInvite(named)).toBe(formatInvite(invite));
    expect(parseInvite(text)).toEqual(invite);
  });

  it('may be in capitals', () => {
    const text = formatInvite({ tls: true, host: 'chat.example.org', room, key, code });
    expect(parseInvite(text.toUpperCase())).toEqual(parseInvite(text));
  });

  it('brings a default port and an IPv6 address to their one form', () => {
    expect(parseInvite(`tc://h:1878/${room}#${key}`)).toEqual({ tls: false, host: 'h', room, key });
    expect(parseInvite(`tcs://[0:0::0:1]:443/${room}#${key}`)?.host).toBe('[::1]');
  });

  const tail = `${room}#${key}`;
  it.each([
    ['nothing', ''],
    ['a title', 'tea'],
    ['another scheme', `https://h/${tail}`],
    ['no host', `tc:///${tail}`],
    ['a user', `tc://ada@h/${tail}`],
    ['a password', `tc://ada:x@h/${tail}`],
    ['a path', `tc://h/x/${tail}`],
    ['a query', `tc://h/${room}?x#${key}`],
    ['an escape', `tc://h%2e/${tail}`],
    ['a space before', ` tc://h/${tail}`],
    ['a line break after', `tc://h/${tail}\n`],
    ['port 0', `tc://h:0/${tail}`],
    ['a port with a leading zero', `tc://h:080/${tail}`],
    ['a port beyond 65535', `tc://h:65536/${tail}`],
    ['an empty port', `tc://h:/${tail}`],
    ['an IPv6 address without brackets', `tc://::1/${tail}`],
    ['brackets without an address', `tc://[]/${tail}`],
    ['a bad address in brackets', `tc://[1::2::3]/${tail}`],
    ['a number that means an address', `tc://2130706433/${tail}`],
    ['a short address', `tc://127.1/${tail}`],
    ['a hexadecimal address', `tc://0x7f.1/${tail}`],
    ['letters beyond ASCII', `tc://m\u00fcnchen.de/${tail}`],
    ['a full stop of another script', `tc://chat\u3002org/${tail}`],
    ['no room', `tc://h/#${key}`],
    ['a room too short', `tc://h/${room.slice(1)}#${key}`],
    ['a room with left-over bits', `tc://h/${room.slice(0, -1)}7#${key}`],
    ['no key', `tc://h/${room}`],
    ['an empty key', `tc://h/${room}#`],
    ['a key too long', `tc://h/${tail}a`],
    ['an empty code', `tc://h/${tail}.`],
    ['a code too short', `tc://h/${tail}.abc`],
    ['two codes', `tc://h/${tail}.${formatCode(code)}.${formatCode(code)}`],
    ['a control sequence', `tc://h\u001b[31m/${tail}`],
    ['the Kelvin sign', `tc://h/${tail.replace('k', '\u212a')}\u212a`],
    ['an option for a program', `--upload-file=tc://h/${tail}`],
  ])('is not %s', (_what, text) => {
    expect(parseInvite(text)).toBeUndefined();
  });

  it('is refused with one character changed, left out, doubled or swapped', () => {
    const text = formatInvite({ tls: true, host: 'chat.example.org', room, key, code });
    const accepted = text
      .slice(0, -5)
      .split('')
      .flatMap((character, at) => {
        const [before, after] = [text.slice(0, at), text.slice(at + 1)];
        const other = character === 'a' ? 'b' : 'a';
        const swapped = before + after.charAt(0) + character + after.slice(1);
        const slips = [before + other + after, before + after, before + character + character + after];
        return [...slips, ...(swapped === text ? [] : [swapped])].filter(parseInvite);
      });
    expect(accepted).toEqual([]);
  });

  it('tells what is wrong with it', () => {
    const text = formatInvite({ tls: true, host: 'chat.example.org', room, key, code });
    const flaws = (from: number, to: number) =>
      new Set(Array.from({ length: to - from }, (_, at) => inviteFlaw(text.slice(0, from + at))));
    const [keyEnd, codeEnd] = [text.indexOf('.', 30), text.indexOf('~')];
    expect([...flaws(4, keyEnd)]).toEqual(['cut']);
    expect([...flaws(keyEnd + 1, codeEnd)]).toEqual(['cut']);
    expect([...flaws(codeEnd + 1, text.length)]).toEqual(['cut']);
    expect(inviteFlaw(text.replace('#a', '#b').replace(/.$/, '2'))).toBe('damaged');
    expect(inviteFlaw(`${text}x`)).toBe('damaged');
    expect(inviteFlaw('tc://h/tea')).toBe('cut');
    expect(inviteFlaw('tc2://h/x#y')).toBe('version');
    expect(['tc:', 'TCS://h', 'tc2://x'].every(looksLikeInvite)).toBe(true);
    expect(['tea', 'http://h', 'tcp://h', 'tc'].some(looksLikeInvite)).toBe(false);
  });

  it('is not written for a host that no URL can have', () => {
    for (const host of ['', 'a b', 'a/b', 'a#b', '1.2', '::1'])
      expect(() => formatInvite({ tls: false, host, room, key })).toThrow(RangeError);
  });

  it.each([
    [`tc://h/${tail}`, 'ws://h:1878'],
    [`tcs://h/${tail}`, 'wss://h:443'],
    [`tc://[::1]:9000/${tail}`, 'ws://[::1]:9000'],
  ])('names its relay: %s', (text, url) => {
    const invite = parseInvite(text);
    expect(invite && inviteRelayUrl(invite)).toBe(url);
  });
});

describe('a join code', () => {
  it('is 128 random bits in 26 characters', () => {
    expect(generateCode()).toHaveLength(16);
    expect(generateCode()).not.toEqual(generateCode());
    expect(formatCode(generateCode())).toMatch(/^[a-z2-7]{26}$/);
    expect(() => formatCode(new Uint8Array(15))).toThrow(RangeError);
  });

  it('is read in capitals, with spaces and dashes', () => {
    const text = formatCode(code);
    const groups = text.match(/.{1,5}/g) ?? [];
    for (const spelling of [text, text.toUpperCase(), groups.join('-'), ` ${groups.join(' ')}\n`])
      expect(parseCode(spelling)).toEqual(code);
  });

  it('is nothing else', () => {
    for (const text of ['', 'tea', `${formatCode(code)}a`, formatCode(code).slice(1), '1'.repeat(26)])
      expect(parseCode(text)).toBeUndefined();
  });
});
