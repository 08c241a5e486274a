import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../src/shared/crypto/sign.ts';
import { MAX_PAGE_BYTES } from '../../src/shared/limits.ts';
import { encodeRoomMessage } from '../../src/shared/room/messages.ts';
import type { Resume } from '../../src/shared/room/handshake.ts';
import { roomRig } from './room-rig.ts';
import type { MemberCircuit } from '../support/peers/member-circuit.ts';
import { transcriptOf } from '../support/peers/transcript.ts';

/** Where a member's copy ends after its welcome and the casts since. */
function placeOf(member: MemberCircuit): Resume {
  const heads = member.casts().flatMap(({ message }) => (message?.t === 'event' ? [message.head] : []));
  const [seq, hash] = heads.at(-1) ?? member.welcome.head;
  return { log: member.welcome.log, seq, hash };
}

describe('resuming at a host', () => {
  it('sends exactly what was missed', async () => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    await ada.line('one');
    await bob.settled();
    const resume = placeOf(bob);
    await bob.close();
    await ada.line('two');
    await ada.line('three');
    const back = await member({ signer: bob.signer, resume }).join();
    expect(back.welcome.resume).toBe('pages');
    expect(transcriptOf(back)).toEqual(['two', 'three']);
    expect(back.pages()[0]?.prev).toEqual(resume.hash);
    await back.line('here again');
  });

  it('ends with an empty page when nothing was missed', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    await ada.line('one');
    const resume = placeOf(ada);
    await ada.close();
    const back = await member({ signer: ada.signer, resume }).join();
    expect(back.welcome.resume).toBe('pages');
    expect(back.pages()).toMatchObject([
      { rid: 0, from: resume.seq + 1, events: [], last: true, prev: resume.hash },
    ]);
    expect(back.pages()[0]?.head?.slice(0, 2)).toEqual([resume.seq, resume.hash]);
  });

  it.each([
    ['new-log', (resume: Resume): Resume => ({ ...resume, log: randomBytes(8) })],
    ['diverged', (resume: Resume): Resume => ({ ...resume, hash: randomBytes(32) })],
    ['diverged', (resume: Resume): Resume => ({ ...resume, seq: resume.seq + 100 })],
  ])('says %s and sends what the member may read', async (reason, change) => {
    const { member } = await roomRig();
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('one');
    const resume = change(placeOf(ada));
    await ada.close();
    const back = await member({ signer: ada.signer, resume }).join();
    expect(back.welcome.resume).toBe(reason);
    expect(transcriptOf(back)).toEqual(['room-opened', '+host', '+ada', 'one']);
  });

  it('says trimmed when what was missed is gone', async () => {
    const { member } = await roomRig({ retain: 5 });
    const ada = await member({ nick: 'ada' }).join();
    const bob = await member({ nick: 'bob' }).join();
    const resume = placeOf(bob);
    await bob.close();
    for (let i = 0; i < 20; i++) await ada.line(`line ${i}`);
    const back = await member({ signer: bob.signer, resume }).join();
    expect(back.welcome.resume).toBe('trimmed');
    expect(transcriptOf(back)).toEqual(['line 15', 'line 16', 'line 17', 'line 18', 'line 19']);
  });

  it('gives a newcomer the last messages, and only those, for good', async () => {
    const { member } = await roomRig({ backlog: 3 });
    const ada = await member({ nick: 'ada' }).join();
    for (let i = 0; i < 10; i++) await ada.line(`line ${i}`);
    const bob = await member({ nick: 'bob' }).join();
    expect(transcriptOf(bob).slice(0, 3)).toEqual(['line 7', 'line 8', 'line 9']);
    const { floor } = bob.welcome;
    bob.say({ t: 'fetch', rid: 5, from: 1, to: 1_000 });
    const page = await bob.message('page', ({ rid }) => rid === 5);
    expect(page.from).toBe(floor);
    await bob.close();
    const back = await member({ signer: bob.signer }).join();
    expect(back.welcome.floor).toBe(floor);
  });

  it('gives a newcomer as many messages, whoever came and went meanwhile', async () => {
    const { member } = await roomRig({ backlog: 3 });
    const ada = await member({ nick: 'ada' }).join();
    const said = async (from: number, to: number) => {
      for (let i = from; i < to; i++) await ada.line(`line ${i}`);
    };
    const passingBy = async (nick: string): Promise<readonly string[]> => {
      const somebody = await member({ nick }).join();
      const messages = transcriptOf(somebody).filter((text) => text.startsWith('line'));
      somebody.say({ t: 'leave' });
      await somebody.hungUp();
      return messages;
    };
    await said(0, 2);
    expect(await passingBy('first')).toEqual(['line 0', 'line 1']);
    await said(2, 5);
    for (const nick of ['bob', 'cleo', 'dan'])
      expect(await passingBy(nick), nick).toEqual(['line 2', 'line 3', 'line 4']);
    await said(5, 6);
    expect(await passingBy('eve')).toEqual(['line 3', 'line 4', 'line 5']);
  });

  it('gives a newcomer nothing where the backlog is none', async () => {
    const { member } = await roomRig({ backlog: 0 });
    const ada = await member({ nick: 'ada' }).join();
    await ada.line('private');
    const bob = await member({ nick: 'bob' }).join();
    expect(bob.pages()).toMatchObject([{ events: [], last: true, from: bob.welcome.floor }]);
    await ada.line('hello bob');
    await bob.settled();
    expect(transcriptOf(bob)).toEqual(['+bob', 'hello bob']);
  });

  it('keeps the floor of somebody who left and comes back', async () => {
    const { member } = await roomRig({ backlog: 1 });
    const ada = await member({ nick: 'ada' }).join();
    for (let i = 0; i < 5; i++) await ada.line(`line ${i}`);
    const bob = await member({ nick: 'bob' }).join();
    bob.say({ t: 'leave' });
    await bob.hungUp();
    await ada.line('meanwhile');
    const back = await member({ signer: bob.signer, nick: 'bob' }).join();
    expect(back.welcome.floor).toBe(bob.welcome.floor);
    expect(transcriptOf(back)).toContain('meanwhile');
  });

  it('continues the counter of somebody who comes back', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    await ada.line('one');
    await ada.line('two');
    ada.say({ t: 'leave' });
    await ada.hungUp();
    const back = await member({ signer: ada.signer }).join();
    expect(back.welcome.counter).toBe(2);
    await back.line('three');
  });

  it('cuts long answers into pages that fit and lead to the head', async () => {
    const { member } = await roomRig({ backlog: 1_000 });
    const ada = await member({ nick: 'ada' }).join();
    const events = Array.from({ length: 600 }, (_, i) => ada.event(i % 2 ? 'x' : `${i} `.padEnd(300, 'y')));
    for (const event of events) ada.post(event);
    await ada.castOf(events.at(-1)?.id ?? new Uint8Array());
    const bob = await member({ nick: 'bob' }).join();
    const pages = bob.pages();
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) {
      expect(encodeRoomMessage(page).length).toBeLessThanOrEqual(MAX_PAGE_BYTES);
      expect(page.events.length).toBeLessThanOrEqual(500);
    }
    expect(pages.map(({ last, head }) => [last, head !== undefined])).toEqual(
      pages.map((_, i) => (i === pages.length - 1 ? [true, true] : [false, false])),
    );
    expect(transcriptOf(bob)).toHaveLength(604);
  });

  it('answers a fetch with its own number, within what there is', async () => {
    const { member } = await roomRig();
    const ada = await member().join();
    await ada.line('one');
    await ada.line('two');
    ada.say({ t: 'fetch', rid: 9, from: 2, to: 3 });
    const page = await ada.message('page', ({ rid }) => rid === 9);
    expect(page).toMatchObject({ from: 2, last: true });
    expect(page.events).toHaveLength(2);
    expect(page.head?.[0]).toBe(3);
    ada.say({ t: 'fetch', rid: 10, from: 900, to: 950 });
    const beyond = await ada.message('page', ({ rid }) => rid === 10);
    expect(beyond).toMatchObject({ events: [], last: true });
  });

  it('does not let one member pile up answers', async () => {
    const { member } = await roomRig({ backlog: 10_000 });
    const ada = await member().join();
    const events = Array.from({ length: 500 }, () => ada.event('z'.repeat(2_000)));
    for (const event of events) ada.post(event);
    await ada.castOf(events.at(-1)?.id ?? new Uint8Array());
    for (let rid = 1; rid <= 10; rid++) ada.say({ t: 'fetch', rid, from: 1, to: 600 });
    expect(await ada.hungUp()).toBe('too-fast');
  });
});
