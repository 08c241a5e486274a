import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withDamage } from '../support/damaged-table.ts';
import { RoomRig } from '../support/room-rig.ts';

let rig: RoomRig;
beforeEach(async () => {
  rig = await RoomRig.start();
});
afterEach(() => rig.close());

it('damage of the archive that shows at a write is told once, with what to do; what is said is shown, and kept if it can be', async () => {
  const tea = await rig.host('tea');
  const bob = await rig.person('bob');
  await bob.joins(tea.invite);
  const before = await rig.person('ada');
  const { archiveFile } = before.profile;
  await before.joins(tea.invite);
  await before.close();
  writeFileSync(archiveFile, withDamage(archiveFile, 'words_data', 'outbox'));
  const ada = await rig.person('ada');
  await ada.joins(tea.invite);
  for (const text of ['one', 'two', 'three']) {
    bob.room.say(text);
    await ada.hears(text);
  }
  const { text: mended } = await ada.seen('archive-failed');
  expect(mended).toContain(`The index of words in ${archiveFile} is damaged. It is made anew`);
  // What cannot be kept until it is sent is refused, and says what to do.
  const text = `${archiveFile} is damaged. End the program, then put back a copy of it, or move it away to go on without local history.`;
  for (const line of ['mine', 'again'])
    expect(ada.room.say(line)).toEqual({ ok: false, code: 'unusable-file', text });
  expect(ada.all('archive-failed').map((event) => event.text)).toEqual([
    mended,
    `What comes now is shown, but not all of it is kept. ${text}`,
  ]);
  expect(ada.room.history(1)).toMatchObject([{ text: 'three' }]);
});
