import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { hostRoom, type HostRoomOptions } from '../src/host-room.ts';
import { joinRoom, RefusedError } from '../src/client/public.ts';
import { roomFile } from '../src/cli/room-file.ts';
import { openProfile } from '../src/client/profile/profile.ts';
import { resolveFolders } from '../src/files/folders.ts';
import { lengthenLog } from './support/long-log.ts';
import { relayRig } from './support/relay-rig.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chat-tui-host-room-'));
  vi.stubEnv('CHAT_TUI_RUNTIME', join(home, 'run'));
  return () => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  };
});

async function relayUrl(): Promise<string> {
  return (await relayRig()).url;
}

async function hosted(options: Omit<HostRoomOptions, 'room' | 'nick'>) {
  return await hostRoom({ room: 'tea', nick: 'ada', ...options });
}

it('a program hosts a room that others join by its title, and hears of them', async () => {
  const relay = await relayUrl();
  const room = await hosted({ relay, topic: 'milk first' });
  const joined = new Promise((resolve) => {
    room.on((event) => {
      if (event.type === 'joined') resolve(event.member.nick);
    });
  });
  const bob = await joinRoom({ room: 'tea', relay, nick: 'bob' });
  expect(await joined).toBe('bob');
  expect(bob.info).toMatchObject({ id: room.id, title: 'tea', topic: 'milk first' });
  expect(room.members().map(({ nick }) => nick)).toContain('bob');
  const away = new Promise((resolve) => {
    bob.on((event) => {
      if (event.type === 'state' && event.state !== 'online') resolve(event.state);
    });
  });
  await room.close();
  expect(await away).toBe('host-offline');
  await bob.leave();
});

it('a room that is not listed is joined by its invite, on this machine without a relay', async () => {
  const room = await hosted({ private: true, code: true });
  const bob = await joinRoom({ room: room.invite, nick: 'bob' });
  expect(bob.info.id).toBe(room.id);
  await bob.leave();
  await room.close();
});

it('with a home the same title is the same room again, with what was said', async () => {
  const relay = await relayUrl();
  const room = await hosted({ relay, home });
  const bob = await joinRoom({ room: 'tea', relay, nick: 'bob' });
  await bob.say('still warm');
  await bob.leave();
  await room.close();
  const again = await hosted({ relay, home });
  expect(again.id).toBe(room.id);
  const cleo = await joinRoom({ room: 'tea', relay, nick: 'cleo' });
  expect(cleo.history(10).map((line) => 'text' in line && line.text)).toContain('still warm');
  await cleo.leave();
  await again.close();
});

it('who joins with the home of the host is the owner of its room', async () => {
  const relay = await relayUrl();
  const room = await hosted({ relay, home, code: true });
  const owner = await joinRoom({ room: room.invite, nick: 'ada', home });
  const roles = owner.members().map(({ key, role }) => ({ key, role }));
  expect(roles).toContainEqual({ key: owner.self.key, role: 'owner' });
  expect(await owner.invite({ once: true })).toMatchObject({ link: expect.stringMatching(/^tcs?:/) });
  await owner.leave();
  await room.close();
});

it('what cannot be is refused in a sentence, and leaves nothing open', async () => {
  const relay = await relayUrl();
  const refused = async (options: Partial<HostRoomOptions>) =>
    await hostRoom({ room: 'tea', nick: 'ada', relay, home, ...options }).catch((error: unknown) => error);
  expect(await refused({ room: 'a~b' })).toMatchObject({
    code: 'bad-entry',
    message: "A room's title is 1 to 64 characters without ~.",
  });
  expect(await refused({ topic: 'x'.repeat(300) })).toMatchObject({
    code: 'too-long',
    message: expect.stringContaining('at most 256 bytes'),
  });
  expect(await refused({ nick: 'no good' })).toMatchObject({ code: 'bad-nick' });
  expect(await refused({ relay: 'ftp://nonsense' })).toMatchObject({
    code: 'bad-address',
    message: expect.stringContaining('nonsense'),
  });
  const refusal = await refused({ maxMembers: 1 });
  expect(refusal).toBeInstanceOf(RangeError);
  expect(String(refusal)).toMatch(/maxMembers is a whole number from 2 to \d+, not 1$/);
  const room = await hosted({ relay, home });
  expect(await refused({})).toBeInstanceOf(RefusedError);
  expect(() => room.setTopic('x'.repeat(10_000))).toThrow(RefusedError);
  await room.close();
});

it('damage of the history that is met later ends the room, with the name of the file', async () => {
  const relay = await relayUrl();
  await (await hosted({ relay, home })).close();
  const folders = resolveFolders({ home, env: {} });
  const profile = await openProfile({ folders, as: 'host' });
  if (!profile.ok) throw new Error(profile.text);
  const path = roomFile(folders, 'tea');
  // More than SQLite remembers of what it read when the room was opened.
  lengthenLog(path, profile.value.signer, 2_500, () => 'x'.repeat(1_200));
  profile.value.close();
  const room = await hosted({ relay, home, backlog: 1_000 });
  writeFileSync(path, readFileSync(path).fill('no such format', 4_096));
  const stopped = new Promise((resolve) => {
    room.on((event) => {
      if (event.type === 'stopped') resolve(event);
    });
  });
  const bob = joinRoom({ room: room.invite, nick: 'bob' }).catch(() => undefined);
  expect(await stopped).toEqual({
    type: 'stopped',
    code: 'profile',
    text: expect.stringContaining(`${path} cannot be used`),
  });
  expect(() => room.setTopic('green')).toThrow(RefusedError);
  await room.close();
  expect(room.state).toBe('stopped');
  await bob;
});
