import { expect, it } from 'vitest';
import { FaultStage, type Member } from '../../support/faults/fault-stage.ts';
import type { JsonLine } from '../../support/program.ts';

// docs/protocol.md "Delivery", "Whispers"; that a whisper expires: test/client/whispers/inbox.test.ts

/** What a member was told of a whisper, in order. */
function told({ program }: Member, token: string): readonly JsonLine[] {
  return program.lines.filter(({ event, id }) => event.startsWith('whisper-') && id === token);
}

it('a whisper is stored, or refused aloud where the mailbox is full, and delivered when its recipient has it on disk', async ({
  onTestFinished,
}) => {
  const stage = await FaultStage.start({ limits: { mailboxMessages: 3 } });
  onTestFinished(() => stage.close());
  const [ada, bob] = await stage.three();
  // Bob has written to ada, so that she is no stranger to his mailbox.
  const [hello] = bob.say(1, 'ada');
  await bob.program.event('whisper-delivered', ({ id }) => id === hello);
  await bob.leave();
  const kept = ada.say(3, 'bob');
  await ada.answered(kept);
  const [tooMany = ''] = ada.say(1, 'bob');
  await ada.answered([tooMany]);
  for (const token of kept) expect(told(ada, token)).toMatchObject([{ event: 'whisper-stored' }]);
  expect(told(ada, tooMany)).toMatchObject([
    { event: 'whisper-failed', code: 'mailbox-full', text: expect.stringMatching(/bob.s mailbox is full/) },
  ]);

  // What the relay said it has, it has, also when it is killed and comes back.
  await stage.killRelay();
  await stage.startRelay();
  // The host is back as well.
  await ada.answered(ada.say(1));
  await bob.start();
  for (const token of kept) {
    await bob.program.event('whisper', ({ text }) => text === token);
    await ada.program.event('whisper-delivered', ({ id }) => id === token);
    expect(told(ada, token).map(({ event }) => event)).toEqual(['whisper-stored', 'whisper-delivered']);
  }
  const [again = ''] = ada.say(1, 'bob');
  await ada.program.event('whisper-delivered', ({ id }) => id === again);
  expect((await stage.verdict('mailbox full, relay killed')).faults).toEqual([]);
});
