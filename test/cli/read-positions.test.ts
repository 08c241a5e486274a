import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReadPositions } from '../../src/cli/read-positions.ts';
import { identityKey, logId, roomId } from '../../src/shared/ids.ts';
import { MAX_READ_POSITIONS } from '../../src/shared/limits.ts';

const room = (n: number) => roomId(new Uint8Array(16).fill(n));
const log = logId(new Uint8Array(8).fill(3));
const bob = identityKey(new Uint8Array(32).fill(4));

function fresh(content?: unknown): { data: string; path: string } {
  const data = mkdtempSync(join(tmpdir(), 'chat-tui-read-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  const path = join(data, 'read-positions.json');
  if (content !== undefined) writeFileSync(path, JSON.stringify(content));
  return { data, path };
}

describe('how far everything was read', () => {
  it('is known the next time; in an older profile it is not', () => {
    const { data } = fresh();
    const { readPositions, keptAs } = openReadPositions({ data });
    expect(readPositions.load()).toEqual({ rooms: new Map(), people: [] });
    expect(keptAs).toBeUndefined();
    const positions = {
      rooms: new Map([
        [room(2), { log, seq: 7 }],
        [room(1), { log, seq: 0 }],
      ]),
      people: [bob],
    };
    readPositions.save(positions);
    const again = openReadPositions({ data }).readPositions.load();
    expect(again).toEqual(positions);
    // The one that moved last stays longest.
    expect([...again.rooms.keys()]).toEqual([room(2), room(1)]);
  });

  it('is bounded, whatever the file has', () => {
    const ids = Array.from({ length: MAX_READ_POSITIONS + 5 }, (_, n) => room(n));
    const rooms = Object.fromEntries(ids.map((id) => [id, { log, seq: 1 }]));
    const { data } = fresh({ rooms, people: ids.map(() => bob), since: 'a later version' });
    const found = openReadPositions({ data }).readPositions.load();
    expect([...found.rooms.keys()]).toEqual(ids.slice(-MAX_READ_POSITIONS));
    expect(found.people).toHaveLength(MAX_READ_POSITIONS);
  });

  it.each<[string, unknown]>([
    ['no rooms', []],
    ['a room that is none', { rooms: { tea: { log, seq: 1 } }, people: [] }],
    ['a log that is none', { rooms: { [room(1)]: { log: 'x', seq: 1 } }, people: [] }],
    ['half a line', { rooms: { [room(1)]: { log, seq: 1.5 } }, people: [] }],
    ['a line before the first', { rooms: { [room(1)]: { log, seq: -1 } }, people: [] }],
    ['nobody', { rooms: {}, people: ['bob'] }],
  ])('is not known where it names %s: that is kept aside as it is', (_, content) => {
    const { data } = fresh(content);
    const { readPositions, keptAs = '' } = openReadPositions({ data });
    expect(readPositions.load()).toEqual({ rooms: new Map(), people: [] });
    expect(JSON.parse(readFileSync(keptAs, 'utf8'))).toEqual(content);
  });
});
