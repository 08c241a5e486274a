import { describe, expect, it } from 'vitest';
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
  openCast,
  openPrekey,
  openWhisper,
  parseInvite,
  ProtocolError,
  unpad,
} from '../../src/shared/public.ts';
import { corpus } from './corpus.ts';
import { mutant } from './mutate.ts';
import { count, seed, timeout } from './options.ts';
import { Random } from './random.ts';

const valid = corpus();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

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
