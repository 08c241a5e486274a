import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import dnsPacket from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { announcement, asksForUs, heardIn } from '../../src/lan/dns-sd.ts';
import { decodeCbor } from '../../src/shared/cbor.ts';
import { openBackup, passwordKeys, sealBackup } from '../../src/shared/crypto/account.ts';
import { formatCode, parseCode } from '../../src/shared/crypto/invite.ts';
import { formatWords, generateWordsSecret, parseWords } from '../../src/shared/crypto/invite-words.ts';
import { parseDuration } from '../../src/shared/durations.ts';
import { logId, LOG_ID_BYTES, parseIdentityKey, parseLogId, parseRoomId } from '../../src/shared/ids.ts';
import {
  castHeader,
  decodeCast,
  decodeEvent,
  decodeFromClient,
  decodeFromRelay,
  decodeHostHello,
  decodeHostMessage,
  decodeListing,
  decodeMemberHello,
  decodeMemberMessage,
  decodeSignedEvent,
  decodeWhisper,
  identityKey,
  openCast,
  openPrekey,
  openWhisper,
  parseInvite,
  ProtocolError,
  randomBytes,
  roomId,
  unpad,
} from '../../src/shared/public.ts';
import { person } from '../support/peers/paper-host.ts';
import { corpus } from './corpus.ts';
import { mutant } from './mutate.ts';
import { count, seed, timeout } from './options.ts';
import { Random } from './random.ts';

const valid = corpus();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const texts = (...all: readonly string[]): Uint8Array[] =>
  all.map((one) => Uint8Array.from(Buffer.from(one, 'latin1')));

const seedOfAda = randomBytes(32);
const account = { relay: randomBytes(32), identity: person(seedOfAda).publicKey, name: 'ada' };
const keys = passwordKeys(randomBytes(32), account.relay);
const { commitment } = keys;
const packet = announcement({ instance: `ct-${'a'.repeat(16)}`, port: 1_878 }, ['10.0.0.1'], 40);

/** What a packet of the network says; undefined where the library gives it up, as it does for us. */
function packetIn(bytes: Uint8Array): dnsPacket.Packet | undefined {
  try {
    return dnsPacket.decode(Buffer.from(bytes));
  } catch {
    return undefined;
  }
}

const decoders: Readonly<
  Record<string, { seeds: readonly Uint8Array[]; decode: (bytes: Uint8Array) => unknown }>
> = {
  decodeFromClient: { seeds: valid.fromClient, decode: decodeFromClient },
  decodeFromRelay: { seeds: valid.fromRelay, decode: decodeFromRelay },
  decodeEvent: { seeds: valid.events, decode: decodeEvent },
  decodeSignedEvent: { seeds: valid.signedEvents, decode: decodeSignedEvent },
  decodeHostMessage: { seeds: valid.hostMessages, decode: decodeHostMessage },
  decodeMemberMessage: { seeds: valid.memberMessages, decode: decodeMemberMessage },
  decodeCast: { seeds: valid.castMessages, decode: decodeCast },
  decodeListing: { seeds: valid.listings, decode: decodeListing },
  decodeWhisper: { seeds: valid.whispers, decode: decodeWhisper },
  decodeHostHello: { seeds: valid.hostHellos, decode: decodeHostHello },
  decodeMemberHello: { seeds: valid.memberHellos, decode: decodeMemberHello },
  openPrekey: { seeds: valid.prekeys, decode: (bytes) => openPrekey(bytes, valid.identity, 1) },
  parseInvite: { seeds: valid.invites, decode: (bytes) => parseInvite(text(bytes)) },
  castHeader: {
    seeds: [...valid.casts, ...valid.casts.map((cast) => cast.slice(0, 60))],
    decode: castHeader,
  },
  openCast: { seeds: valid.casts, decode: (bytes) => openCast(valid.key, valid.where, bytes) },
  openWhisper: {
    seeds: valid.mails,
    decode: (mail) => openWhisper({ me: valid.identity, prekeySecret: () => valid.prekeySecret, mail }),
  },
  unpad: { seeds: valid.padded, decode: unpad },
  decodeCbor: { seeds: [...valid.memberMessages, ...valid.events], decode: decodeCbor },
  openBackup: {
    seeds: [sealBackup(keys, account, seedOfAda)],
    decode: (sealed) => openBackup(keys, account, { commitment, sealed }),
  },
  parseWords: {
    seeds: texts(formatWords(generateWordsSecret()), formatWords(generateWordsSecret()).toUpperCase()),
    decode: (bytes) => parseWords(text(bytes)),
  },
  parseCode: { seeds: texts(formatCode(randomBytes(16))), decode: (bytes) => parseCode(text(bytes)) },
  parseIdentityKey: {
    seeds: texts(identityKey(account.identity)),
    decode: (bytes) => parseIdentityKey(text(bytes)),
  },
  parseDuration: { seeds: texts('30s', '10m', '1w'), decode: (bytes) => parseDuration(text(bytes)) },
  parseLogId: { seeds: texts(logId(randomBytes(LOG_ID_BYTES))), decode: (bytes) => parseLogId(text(bytes)) },
  parseRoomId: { seeds: texts(roomId(randomBytes(16))), decode: (bytes) => parseRoomId(text(bytes)) },
  heardIn: {
    seeds: [dnsPacket.encode(packet), dnsPacket.encode({ ...packet, additionals: packet.answers ?? [] })],
    decode(bytes) {
      const heard = packetIn(bytes);
      return heard && !asksForUs(heard) ? heardIn(heard, '10.0.0.1')[0] : undefined;
    },
  },
};

describe(`every decoder, ${count} mutants each (FUZZ_SEED=${seed})`, () => {
  it.each(Object.entries(decoders))(
    '%s reads what is right and throws nothing but ProtocolError at the rest',
    (_, { seeds, decode }) => {
      for (const bytes of seeds) expect(decode(bytes)).toBeDefined();
      const random = new Random(seed);
      let refused = 0;
      for (let i = 0; i < count; i++) {
        const bytes = mutant(seeds, random);
        try {
          if (decode(bytes) === undefined) refused++;
        } catch (error) {
          refused++;
          if (!(error instanceof ProtocolError))
            throw new Error(`${Buffer.from(bytes).toString('hex')}`, { cause: error });
        }
      }
      expect(refused).toBeGreaterThan(0);
    },
    timeout,
  );
});

it('no decoder is left out', () => {
  const shared = fileURLToPath(new URL('../../src/shared', import.meta.url));
  const exported = readdirSync(shared, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      [
        ...readFileSync(`${shared}/${file}`, 'utf8').matchAll(
          /export function ((?:decode|open|parse)[A-Z]\w*|unpad|castHeader)\b/g,
        ),
      ].map(([, name = '']) => name),
    );
  expect(exported.length).toBeGreaterThan(20);
  // Of `decodeFromClient` and `decodeFromRelay`; and what each of them calls.
  const within = ['decodeRequest', 'decodeReply', 'parseNamed', 'parseWith'];
  expect(exported.filter((name) => !(name in decoders) && !within.includes(name))).toEqual([]);
});
