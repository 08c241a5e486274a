import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import type { MailRelay } from '../../../src/client/whispers/recipient-prekeys.ts';
import type { ClientEvent, Person } from '../../../src/client/session-events.ts';
import { WhisperInbox } from '../../../src/client/whispers/whisper-inbox.ts';
import { WhisperOutbox } from '../../../src/client/whispers/whisper-outbox.ts';
import type { AnyQuestion, Refused } from '../../../src/link/questions.ts';
import { identityKey } from '../../../src/shared/ids.ts';
import { DAY, HOUR, OUTBOX_MS } from '../../../src/shared/limits.ts';
import { ManualClock } from '../../link/manual-clock.ts';
import { person } from '../../support/peers/paper-host.ts';

const ada = person();
const self = { key: identityKey(ada.publicKey), tag: 'tag', nick: 'ada', guest: false };
const someone = (nick: string): Person => ({ key: identityKey(person().publicKey), tag: 'tag', nick });
const [bob, cleo] = [someone('bob'), someone('cleo')];

/** Refuses everything as it is told to. */
class GruffRelay implements MailRelay {
  readonly url = 'wss://relay.test';
  readonly online = true;
  readonly asked: AnyQuestion[] = [];
  refusal: (question: AnyQuestion) => Refused = () => ({ t: 'refused', code: 'not-delivered' });

  async ask(question: AnyQuestion): Promise<Refused> {
    this.asked.push(question);
    return this.refusal(question);
  }
  tell(): boolean {
    return true;
  }
  /** How often it was asked for this person's prekey. */
  askedFor({ key }: Person): number {
    return this.asked.filter((asked) => asked.t === 'get-prekey' && identityKey(asked.identity) === key)
      .length;
  }
}

let archive: Archive;
let clock: ManualClock;
let relay: GruffRelay;
let relays: MailRelay[];
let events: ClientEvent[];
const emit = (event: ClientEvent) => events.push(event);
const turn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  archive = openArchive(':memory:');
  clock = new ManualClock();
  relay = new GruffRelay();
  relays = [relay];
  events = [];
});
afterEach(() => archive.close());

describe('whispers that wait', () => {
  let outbox: WhisperOutbox;
  beforeEach(() => {
    outbox = new WhisperOutbox({
      archive,
      signer: ada,
      device: { id: new Uint8Array(16), keys: keys(), certificate: certificate() },
      self: () => self,
      clock,
      emit,
      relaysFor: () => relays,
      mayComeLater: () => true,
      contacts: { wroteTo: () => undefined },
    });
  });
  afterEach(() => outbox.close());
  const keys = () => ({ public: new Uint8Array(32), secret: new Uint8Array(32) });
  const certificate = () => ({
    identity: ada.publicKey,
    key: new Uint8Array(32),
    device: new Uint8Array(16),
    expires: 0,
    sig: new Uint8Array(64),
  });

  it('for one person are not held up by a relay that wants to hear of another one later', async () => {
    relay.refusal = (question) => {
      const later = question.t === 'get-prekey' && identityKey(question.identity) === cleo.key;
      return { t: 'refused', code: 'slow-down', retryMs: later ? HOUR : 1_000 };
    };
    outbox.send(bob, 'hello');
    await turn();
    outbox.send(cleo, 'hello');
    await turn();
    const before = relay.askedFor(bob);
    clock.advance(1_000);
    await turn();
    expect(relay.askedFor(bob)).toBe(before + 1);
  });

  it('are given up after a day, also where no relay has come back meanwhile', async () => {
    relays = [];
    outbox.send(bob, 'hello');
    await turn();
    clock.advance(OUTBOX_MS);
    outbox.expire();
    await turn();
    expect(events.at(-1)).toMatchObject({ type: 'whisper-state', state: 'expired' });
  });
});

describe('a prekey', () => {
  it('is left anew while one is online for weeks, and again where a relay would not take it', async () => {
    const inbox = new WhisperInbox({
      archive,
      signer: ada,
      contacts: { ignores: () => false },
      clock,
      log: () => undefined,
      emit,
    });
    const taken: AnyQuestion[] = [];
    const willing: MailRelay = {
      url: relay.url,
      online: true,
      tell: () => true,
      ask: async (question) => {
        taken.push(question);
        return { t: 'ok' } as never;
      },
    };
    relay.refusal = () => ({ t: 'refused', code: 'internal' });
    for (const each of [willing, relay]) inbox.relayOnline(each);
    await turn();
    for (let day = 0; day < 15; day++) {
      inbox.renew([willing, relay]);
      await turn();
      clock.advance(DAY);
    }
    expect(taken).toHaveLength(3);
    expect(relay.asked).toHaveLength(16);
    inbox.close();
  });
});
