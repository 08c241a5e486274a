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

function hostedWith(policy: object): string {
  return JSON.stringify({ rooms: [], hosted: [{ id: tea, title: 'tea', policy }] });
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
    again.openRooms.saveFront('@ada');
    expect(openRoomsFile({ data }).openRooms.loadFront()).toBe('@ada');
    again.openRooms.saveFront(undefined);
    expect(openRoomsFile({ data }).openRooms.loadFront()).toBeUndefined();
  });

  it('has those that were hosted too, as they were run, beside the others', () => {
    const { data, path } = fresh();
    const { openRooms } = openRoomsFile({ data });
    expect(openRooms.loadHosted()).toEqual([]);
    const policy = { backlog: 0, retain: 'all', maxMembers: 20, rate: 5 } as const;
    const hosted = [
      { id: tea, title: 'tea', relay: 'wss://relay.test', policy },
      { id: chess, title: 'chess', policy: {} },
    ];
    openRooms.save([{ id: tea }]);
    openRooms.saveHosted(hosted);
    openRooms.saveFront(tea);
    const again = openRoomsFile({ data });
    expect([again.openRooms.load(), again.openRooms.loadHosted()]).toEqual([[{ id: tea }], hosted]);
    writeFileSync(path, JSON.stringify({ rooms: [], hosted: [{ id: tea, title: 'tea' }] }));
    expect(openRoomsFile({ data }).openRooms.loadHosted()).toEqual([{ id: tea, title: 'tea', policy: {} }]);
  });

  it('may be of a program that hosted nothing', () => {
    const { data, path } = fresh();
    writeFileSync(path, JSON.stringify({ rooms: [{ id: tea }], front: tea }));
    const { openRooms, keptAs } = openRoomsFile({ data });
    expect([openRooms.load(), openRooms.loadHosted(), keptAs]).toEqual([[{ id: tea }], [], undefined]);
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
    [
      'of no hosted rooms',
      (path) => writeFileSync(path, '{"rooms": [], "hosted": [{"id": "tea", "title": ""}]}'),
    ],
    ['of no such policy', (path) => writeFileSync(path, hostedWith({ rate: 0 }))],
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
