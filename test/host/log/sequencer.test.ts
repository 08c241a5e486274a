import { describe, expect, it } from 'vitest';
import { MemoryHistory } from '../history/memory-history.ts';
import { StorageError, type Batch } from '../../../src/host/history/history.ts';
import { Sequencer, type Place, type SequencerOptions } from '../../../src/host/log/sequencer.ts';
import { chainNext, chainStart } from '../../../src/shared/crypto/chain.ts';
import {
  encodeEvent,
  encodeSignedEvent,
  type RoomEvent,
  type SignedEvent,
} from '../../../src/shared/room/events.ts';
import { ManualClock } from '../../link/manual-clock.ts';

const room = new Uint8Array(16);
const log = new Uint8Array(8);
const author = new Uint8Array(32).fill(1);

/** Counts its writes, takes time for them, and fails on demand. */
class TestHistory extends MemoryHistory {
  readonly batches: number[] = [];
  full = false;
  cannotTrim = false;
  writeMs = 0;
  readonly clock: ManualClock;
  constructor(clock: ManualClock) {
    super();
    this.clock = clock;
    const fixed = { room, log, nonce: room, title: '', topic: '', private: false, code: undefined };
    this.begin({ ...fixed, kepoch: 0, rev: 0 }, chainStart(room, log));
  }
  override trim(keep: number): void {
    if (this.cannotTrim) throw new StorageError('full', 'no space');
    super.trim(keep);
  }
  override append(batch: Batch): void {
    if (this.full) throw new StorageError('full', 'no space');
    this.clock.advance(this.writeMs);
    super.append(batch);
    this.batches.push(batch.events.length);
  }
}

type Said =
  | Pick<Extract<RoomEvent, { kind: 'text' }>, 'kind' | 'body'>
  | Pick<Extract<RoomEvent, { kind: 'nick-changed' }>, 'kind' | 'body'>;
const renamed: Said = { kind: 'nick-changed', body: { nick: 'ada' } };

function rig(change: Partial<SequencerOptions> = {}) {
  const clock = new ManualClock();
  const history = new TestHistory(clock);
  const failures: string[] = [];
  const sequencer = new Sequencer({
    history,
    clock,
    retain: 'all',
    failed: ({ reason }) => failures.push(reason),
    ...change,
  });
  const settled: (number | undefined)[] = [];
  let last = 0;
  const append = (
    settle: (place: Place | undefined) => void = (place) => settled.push(place?.seq),
    said: Said = { kind: 'text', body: { text: 'hello' } },
  ): SignedEvent => {
    const id = new Uint8Array(16).fill(++last);
    const event = encodeEvent({ room, log, id, counter: last, time: 0, ...said });
    const signed = { author, event, sig: new Uint8Array(64) };
    sequencer.append({ signed, id, settle });
    return signed;
  };
  return { clock, history, sequencer, settled, failures, append };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

describe('the sequencer', () => {
  it('settles a lone event in the same turn of the loop, after it is stored', async () => {
    const { append, settled, history, clock } = rig();
    let storedThen: number | undefined;
    append(() => (storedThen = history.head().seq));
    expect(storedThen).toBeUndefined();
    await turn();
    expect(storedThen).toBe(1);
    expect(clock.now()).toBe(0);
    expect(settled).toEqual([]);
  });

  it('stores what comes together in one write', async () => {
    const { append, settled, history } = rig();
    for (let i = 0; i < 50; i++) append();
    await turn();
    expect(history.batches).toEqual([50]);
    expect(settled).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it('lets a group gather while the disk is slow, but not for more than 20 ms', async () => {
    const { append, clock, history } = rig();
    history.writeMs = 100;
    append();
    await turn();
    append();
    await turn();
    append();
    expect(history.batches).toEqual([1]);
    clock.advance(20);
    expect(history.batches).toEqual([1, 2]);
  });

  it('links events into the chain', async () => {
    const { append, sequencer, history } = rig();
    const first = append();
    const second = append();
    await turn();
    const h1 = chainNext(chainStart(room, log), 1, encodeSignedEvent(first));
    const h2 = chainNext(h1, 2, encodeSignedEvent(second));
    expect(history.head().hash).toEqual(h2);
    expect(sequencer.settled).toEqual({ seq: 2, hash: h2 });
    expect(history.hashAt(1)).toEqual(h1);
  });

  it('knows what waits to be stored', async () => {
    const { append, sequencer } = rig();
    append();
    const id = new Uint8Array(16).fill(1);
    expect(sequencer.isPending(author, id)).toBe(true);
    expect(sequencer.isPending(new Uint8Array(32), id)).toBe(false);
    await turn();
    expect(sequencer.isPending(author, id)).toBe(false);
  });

  it('settles in order what is to happen between events', async () => {
    const { append, sequencer } = rig();
    const order: string[] = [];
    sequencer.whenSettled(() => order.push('at once'));
    append(() => order.push('first'));
    sequencer.whenSettled(() => order.push('between'));
    append(() => order.push('second'));
    expect(order).toEqual(['at once']);
    await turn();
    expect(order).toEqual(['at once', 'first', 'between', 'second']);
  });

  it('takes everything back that could not be stored', async () => {
    const { append, sequencer, settled, failures, history } = rig();
    append();
    await turn();
    history.full = true;
    append();
    append();
    expect(sequencer.tip.seq).toBe(3);
    await turn();
    expect(settled).toEqual([1, undefined, undefined]);
    expect(failures).toEqual(['full']);
    expect(sequencer.tip).toEqual(sequencer.settled);
    history.full = false;
    append();
    await turn();
    expect(settled.at(-1)).toBe(2);
  });

  it('stores what waits when it is closed', () => {
    const { append, sequencer, settled } = rig();
    append(() => append());
    sequencer.close();
    expect(settled).toEqual([2]);
  });

  it('counts messages, not what happens between them', async () => {
    const { append, sequencer, history } = rig({ retain: 10 });
    for (let i = 0; i < 15; i++) {
      append();
      append(undefined, renamed);
      append(undefined, renamed);
      await turn();
    }
    // The sixth of fifteen.
    expect(sequencer.first).toBe(16);
    expect(history.first()).toBe(16);
    const opened = new Sequencer({ history, clock: new ManualClock(), retain: 10, failed: () => undefined });
    expect(opened.first).toBe(16);
  });

  it('goes on with an event on its disk that cannot be read any more', async () => {
    const { history } = rig();
    const hash = new Uint8Array(32);
    const lost = { seq: 1, author, id: new Uint8Array(16), hash, signed: Uint8Array.of(0xff) };
    history.append({ events: [lost], members: [] });
    const opened = new Sequencer({ history, clock: new ManualClock(), retain: 10, failed: () => undefined });
    expect(opened.first).toBe(1);
  });

  it('keeps no more than four events for each message, whoever comes and goes', async () => {
    const { append, history } = rig({ retain: 10 });
    for (let i = 0; i < 200; i++) {
      append(undefined, renamed);
      await turn();
    }
    expect(history.head().seq - history.first() + 1).toBe(40);
  });

  it('settles what is stored also where the disk has no room for trimming', async () => {
    const { append, history, settled, failures, sequencer } = rig({ retain: 10 });
    history.cannotTrim = true;
    for (let i = 0; i < 15; i++) {
      append();
      await turn();
    }
    expect(failures).toEqual([]);
    expect(settled).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(sequencer.settled.seq).toBe(history.head().seq);
    history.cannotTrim = false;
    append();
    await turn();
    expect(history.first()).toBe(7);
  });

  it('keeps the newest events and shows no more than those', async () => {
    const { append, sequencer, history } = rig({ retain: 10 });
    for (let i = 0; i < 35; i++) {
      append();
      await turn();
    }
    expect(sequencer.first).toBe(26);
    expect(history.first()).toBeGreaterThan(20);
  });
});
