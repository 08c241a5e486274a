import { afterEach, describe, expect, it } from 'vitest';
import type { SequencedLine } from '../../../src/client/archive/archive.ts';
import { openArchive } from '../../../src/client/archive/open-archive.ts';
import { identityKey, logId, messageId, roomId } from '../../../src/shared/ids.ts';

const tea = roomId(new Uint8Array(16).fill(1));
const milk = roomId(new Uint8Array(16).fill(2));
const ada = { key: identityKey(new Uint8Array(32)), tag: 'aaaa', nick: 'ada' };
const archive = openArchive(':memory:');
afterEach(() => archive.close());

const sayings = [
  'Green tea at the Café, at once',
  'GREENLAND is far_away',
  'nothing',
  'ungreen e\u0301te\u0301 and 漢字',
  'the tea of teatime; THE kettle2',
  'Żółw and naïve',
];

function line(seq: number, room: number): SequencedLine {
  const id = new Uint8Array(16).fill(room);
  new DataView(id.buffer).setUint32(0, seq);
  const said = { id: messageId(id), seq, at: seq, sentAt: seq, by: ada };
  if (seq % 5 === 0) return { ...said, kind: 'topic', topic: 'green tea' };
  return { ...said, kind: 'text', text: sayings[seq % sayings.length] ?? '' };
}

describe('search', () => {
  it('finds the same newest lines, whether it reads back or asks the index', () => {
    for (const room of [tea, milk])
      archive.rooms.startLog(room, { log: logId(new Uint8Array(8)), seq: 0, hash: new Uint8Array(32) });
    for (let seq = 1; seq <= 1_200; seq++) {
      archive.rooms.addLine(tea, line(seq, 1));
      if (seq % 3 === 0) archive.rooms.addLine(milk, line(seq, 2));
    }
    const asked = ['g', 'green', 'tea the', 'cafe', 'ete', 'away', 'kettle2', 'naive', '2', 'zolw', '漢字'];
    for (const words of asked) {
      for (const room of [undefined, tea, milk]) {
        // More than there are: no reading back ends before the index is asked.
        const all = archive.rooms.search(words, 10_000, room);
        expect(archive.rooms.search(words, 3, room)).toEqual(all.slice(0, 3));
      }
    }
    expect(archive.rooms.search('green', 10_000).length).toBeGreaterThan(300);
    expect(archive.rooms.search('green', 3, milk).map(({ seq }) => seq)).toEqual([1_194, 1_188, 1_182]);
    expect(archive.rooms.search('green', 0)).toEqual([]);
  });
});
