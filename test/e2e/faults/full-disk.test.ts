import { describe, expect, it } from 'vitest';
import { stageOn } from '../../support/faults/small-disk.ts';

describe.concurrent('a full disk', () => {
  it('of the host: nothing is ✓ that is not stored, what was said waits and goes out when there is room', async (test) => {
    const { stage, disks: [small] = [] } = (await stageOn(test, [['host', 'data']])) ?? {};
    if (!stage || !small) return test.skip();
    const [ada, bob] = await stage.three();
    await ada.answered(ada.say(3));
    small.fill();
    const stuck = [...ada.say(5), ...bob.say(5)];
    await stage.hostProgram?.event('error', ({ code }) => code === 'storage-full');
    small.free();
    await stage.answered();
    const sent = [ada, bob].flatMap(({ program }) =>
      program.lines.flatMap((line) => (line.event === 'sent' ? [String(line['id'])] : [])),
    );
    expect(sent).toEqual(expect.arrayContaining(stuck));
    expect((await stage.verdict('full disk of the host')).faults).toEqual([]);
  });

  it('of the relay: whispers are refused aloud, those it had are kept, and new ones go out when there is room', async (test) => {
    const { stage, disks: [small] = [] } = (await stageOn(test, [['relay']])) ?? {};
    if (!stage || !small) return test.skip();
    const [ada, bob, cleo] = await stage.three();
    await cleo.leave();
    const kept = ada.say(3, 'cleo');
    await ada.answered(kept);
    small.fill();
    const refused = ada.say(2, 'cleo');
    await ada.answered(refused);
    for (const token of refused)
      expect(await ada.program.event('whisper-failed', ({ id }) => id === token)).toMatchObject({
        code: 'storage-full',
      });
    // Rooms need no disk of the relay.
    await bob.answered(bob.say(3));
    // Whoever comes now is given what is there; that they have it cannot be written down, so it comes again.
    await cleo.start();
    for (const token of kept) await cleo.program.event('whisper', ({ text }) => text === token);
    // A relay that begins on a full disk carries rooms too.
    await stage.killRelay();
    await stage.startRelay();
    await stage.answered();
    await bob.answered(bob.say(1));
    small.free();
    await cleo.leave();
    let stored: string | undefined;
    while (stored === undefined) {
      const [token = ''] = ada.say(1, 'cleo');
      await ada.answered([token]);
      stored = ada.program.lines.find(({ event, id }) => event === 'whisper-stored' && id === token) && token;
    }
    await cleo.start();
    await cleo.program.event('whisper', ({ text }) => text === stored);
    expect((await stage.verdict('full disk of the relay')).faults).toEqual([]);
  });

  it('of a member: what cannot be kept is refused aloud, what comes is shown, and a whisper waits until there is room', async (test) => {
    const { stage, disks: [small] = [] } = (await stageOn(test, [['ada', 'data']])) ?? {};
    if (!stage || !small) return test.skip();
    const [ada, bob] = await stage.three();
    await ada.answered(ada.say(2));
    small.fill();
    const refused = ada.say(40);
    await ada.answered(refused);
    const failed = ada.program.lines.filter(
      ({ event, id }) => event === 'failed' && refused.includes(String(id)),
    );
    expect(failed.length).toBeGreaterThan(0);
    for (const line of failed) expect(line).toMatchObject({ code: 'disk-full' });
    // Once, however much it is.
    const told = () => ada.program.lines.filter(({ code }) => code === 'archive-failed');
    expect(told()).toHaveLength(1);
    expect(told()[0]?.['text']).toMatch(
      /^What comes now is shown.* the disk is full; make room and try again\.$/,
    );
    const heard = bob.say(3);
    for (const token of heard) await ada.program.event('message', ({ text }) => text === token);
    const whispers = bob.say(10, 'ada');
    await bob.answered(whispers);
    small.free();
    for (const token of whispers) await ada.program.event('whisper', ({ text }) => text === token);
    await ada.answered(ada.say(3));
    expect((await stage.verdict('full disk of a member')).faults).toEqual([]);
    expect(told()).toHaveLength(1);
    await ada.kill();
    await ada.start(true);
    expect((await stage.verdict('full disk of a member, started again')).faults).toEqual([]);
  });
});
