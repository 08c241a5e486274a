import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { roomFile } from '../../src/cli/room-file.ts';
import { RoomHosts } from '../../src/cli/room-hosts.ts';
import { openProfile } from '../../src/client/profile/profile.ts';
import type { HostedRoom } from '../../src/commands/context.ts';
import { resolveFolders } from '../../src/files/folders.ts';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { roomId } from '../../src/shared/ids.ts';

/** A profile on a machine without network; `hosts` is what a program of it hosts with. */
async function profileAlone() {
  const home = mkdtempSync(join(tmpdir(), 'chat-tui-hosts-'));
  const folders = resolveFolders({ home, env: {} });
  const opened = await openProfile({ folders, as: 'session', nick: 'ada' });
  if (!opened.ok) throw new Error(opened.text);
  const profile = opened.value;
  const running: RoomHosts[] = [];
  onTestFinished(async () => {
    await Promise.all(running.map((hosts) => hosts.closeAll()));
    profile.close();
    rmSync(home, { recursive: true });
  });
  const hosts = (): RoomHosts => {
    const program = new RoomHosts({
      profile,
      nick: () => 'ada',
      relayUrl: () => undefined,
      runtimeDir: join(home, 'run'),
      lan: undefined,
    });
    running.push(program);
    return program;
  };
  return { hosts, data: profile.folders.data, file: roomFile(profile.folders, 'tea') };
}

/** Tea, which a program hosted that has ended. */
async function hostedTea(hosts: () => RoomHosts): Promise<HostedRoom> {
  const before = hosts();
  const opened = await before.open({ title: 'tea', code: true });
  if (!opened.ok) throw new Error(opened.code);
  await before.closeAll();
  return opened.value;
}

describe('a room that was hosted before', () => {
  it('is opened as the same room, with its code', async () => {
    const { hosts } = await profileAlone();
    const tea = await hostedTea(hosts);
    const again = await hosts().openAgain({ id: tea.room, title: 'tea', policy: {} });
    expect(again).toMatchObject({ ok: true, value: { room: tea.room, title: 'tea' } });
    // The port may be another.
    const code = (link: string): Uint8Array | undefined => parseInvite(link)?.code;
    expect(code(tea.invite)).toBeDefined();
    expect(again.ok && code(again.value.invite)).toEqual(code(tea.invite));
  });

  it('is no other one, and none where its file is gone or in use', async () => {
    const { hosts, file } = await profileAlone();
    const tea = await hostedTea(hosts);
    const id = roomId(new Uint8Array(16).fill(1));
    const program = hosts();
    expect(await program.openAgain({ id, title: 'tea', policy: {} })).toMatchObject({
      code: 'unusable-file',
      text: `${file} holds another room by now.`,
    });
    await program.open({ title: 'tea' });
    const again = () => hosts().openAgain({ id: tea.room, title: 'tea', policy: {} });
    expect(await again()).toMatchObject({ code: 'already-hosting' });
    await program.closeAll();
    rmSync(file);
    expect(await again()).toMatchObject({
      code: 'unusable-file',
      text: `${file} is gone; put back a copy of it, or begin another room.`,
    });
  });

  it('is not open any more where the program ended meanwhile', async () => {
    const { hosts } = await profileAlone();
    const tea = await hostedTea(hosts);
    const program = hosts();
    const opening = program.openAgain({ id: tea.room, title: 'tea', policy: {} });
    await program.closeAll();
    expect(await opening).toMatchObject({ code: 'left' });
    expect(await hosts().openAgain({ id: tea.room, title: 'tea', policy: {} })).toMatchObject({ ok: true });
  });
});

describe('a relay on this machine that could not be started', () => {
  it('is started once what was in its way is gone', async () => {
    const { hosts, data } = await profileAlone();
    const program = hosts();
    const inTheWay = join(data, 'embedded');
    writeFileSync(inTheWay, '');
    expect(await program.open({ title: 'tea' })).toMatchObject({ ok: false, code: 'unusable-file' });
    rmSync(inTheWay);
    expect(await program.open({ title: 'tea' })).toMatchObject({ ok: true });
  });

  it('keeps nobody from ending the program', async () => {
    const { hosts, data } = await profileAlone();
    const program = hosts();
    writeFileSync(join(data, 'embedded'), '');
    expect(await program.open({ title: 'tea' })).toMatchObject({ code: 'unusable-file' });
    await program.closeAll();
  });
});
