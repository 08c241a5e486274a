import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRoomsFile } from '../../../src/client/profile/open-rooms-file.ts';
import { relayId, roomId } from '../../../src/shared/ids.ts';

const [tea, chess] = [roomId(new Uint8Array(16).fill(1)), roomId(new Uint8Array(16).fill(2))];
const lan = relayId(new Uint8Array(32).fill(3));

function fresh(): { data: string; path: string } {
  const data = mkdtempSync(join(tmpdir(), 'chat-tui-rooms-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  return { data, path: join(data, 'open-rooms.json') };
}

describe('the file of open rooms', () => {
  it('has them, and the one in front, the next time, for the owner alone', () => {
    const { data, path } = fresh();
    const { openRooms } = openRoomsFile({ data });
    expect([openRooms.load(), openRooms.loadFront()]).toEqual([[], undefined]);
    const rooms = [
      { id: tea, relay: 'wss://relay.test' },
      { id: chess, lan },
    ];
    openRooms.save(rooms);
    openRooms.saveFront(chess);
    expect(process.platform === 'win32' ? 0o600 : statSync(path).mode & 0o777).toBe(0o600);
    const again = openRoomsFile({ data });
    expect(again.keptAs).toBeUndefined();
    expect([again.openRooms.load(), again.openRooms.loadFront()]).toEqual([rooms, chess]);
    again.openRooms.saveFront(undefined);
    expect(openRoomsFile({ data }).openRooms.loadFront()).toBeUndefined();
  });

  it('may know more than this program', () => {
    const { data, path } = fresh();
    writeFileSync(path, JSON.stringify({ rooms: [{ id: tea, colour: 'red' }], since: 1 }));
    expect(openRoomsFile({ data }).openRooms.load()).toEqual([{ id: tea }]);
  });

  it.each<[string, (path: string) => void]>([
    ['garbage', (path) => writeFileSync(path, '{"rooms": [')],
    ['emptied', (path) => writeFileSync(path, '')],
    ['something else', (path) => writeFileSync(path, '[1]')],
    ['of no rooms', (path) => writeFileSync(path, '{"rooms": [{"id": "tea"}]}')],
    ['a folder', (path) => mkdirSync(path)],
    ['a FIFO', (path) => void spawnSync('mkfifo', [path])],
    ['a link', (path) => symlinkSync('elsewhere', path)],
  ])('that is %s is kept aside and named, and stops nothing', (what, damage) => {
    if (process.platform === 'win32' && /FIFO|link/.test(what)) return;
    const { data, path } = fresh();
    damage(path);
    const { openRooms, keptAs = '' } = openRoomsFile({ data });
    expect(openRooms.load()).toEqual([]);
    expect(keptAs).toContain('open-rooms.json.broken-');
    expect(lstatSync(keptAs)).toBeDefined();
    openRooms.save([{ id: tea }]);
    expect(openRoomsFile({ data }).openRooms.load()).toEqual([{ id: tea }]);
  });

  it('that cannot be written is no reason to stop', () => {
    const { data } = fresh();
    const { openRooms } = openRoomsFile({ data: join(data, 'gone') });
    expect(() => openRooms.save([{ id: tea }])).not.toThrow();
  });
});
