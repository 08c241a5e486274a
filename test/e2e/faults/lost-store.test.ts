import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FaultStage } from '../../support/faults/fault-stage.ts';

// docs/protocol.md "Delivery": a room is in its store, and nowhere else

it('a host that lost its store opens another room: members of the old one see its host away, and nothing of theirs ends up in the new one', async ({
  onTestFinished,
}) => {
  const stage = await FaultStage.start();
  onTestFinished(() => stage.close());
  const [ada, bob] = await stage.three();
  const before = await stage.hostProgram?.event('ready');
  await ada.answered(ada.say(2));
  await stage.killHost();
  rmSync(stage.path('host', 'data', 'rooms'), { recursive: true });
  await stage.startHost();
  const after = await stage.hostProgram?.event('ready');
  expect(after?.['title']).toBe('tea');
  expect(after?.['roomId']).not.toBe(before?.['roomId']);

  for (const { program } of [ada, bob]) await program.event('state', ({ state }) => state === 'host-offline');
  const [waiting = ''] = ada.say(1);
  await ada.taken();
  const newcomer = await stage.member('newcomer');
  const ready = await newcomer.program.event('ready');
  expect(ready['roomId']).toBe(after?.['roomId']);
  await newcomer.answered(newcomer.say(1));
  const told = ada.program.lines.filter(({ id }) => id === waiting);
  expect(told).toEqual([]);

  // Whoever asks for the title again is in the new room; what was said in the old one stays with it.
  await ada.kill();
  await ada.start(true);
  expect(await ada.program.event('ready')).toMatchObject({ roomId: after?.['roomId'] });
  await ada.answered(ada.say(1));
  const texts = newcomer.program.lines.flatMap(({ event, text }) => (event === 'message' ? [text] : []));
  expect(texts).not.toContain(waiting);
});
