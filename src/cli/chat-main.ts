import { homedir } from 'node:os';
import type { ChatClient } from '../client/api.ts';
import { openRoomsFile, type OpenedRoomsFile } from '../client/profile/open-rooms-file.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { readEnvironment, type Environment } from './environment.ts';
import type { OpenedProfile, Services } from '../tui/services.ts';
import { joinTarget } from './invite-target.ts';
import type { CommandLine } from './parse.ts';
import { noDrafts, openDrafts } from './drafts.ts';
import { guestNotice } from './guest-notice.ts';
import { LastingHosts } from './lasting-hosts.ts';
import { ProgramError, type ProgramIo } from './program.ts';
import { openReadPositions } from './read-positions.ts';
import { savedRelays } from './saved-relays.ts';
import { openSession } from './session.ts';
import { defined } from '../shared/defined.ts';

/** `chat-tui`: the terminal UI. */
export async function chatMain(
  line: CommandLine,
  io: ProgramIo,
  loadScreen: () => Promise<(services: Services) => Promise<number>>,
): Promise<number> {
  if (!io.stdin.isTTY || !io.stdout.isTTY)
    throw new ProgramError(
      'the terminal UI needs a terminal; scripts use chat-tui pipe ROOM',
      exitCodes.usage,
    );
  if (io.env['TERM'] === 'dumb')
    throw new ProgramError(
      'this terminal is called dumb, and such cannot show the terminal UI; set TERM to what it is, such as xterm-256color, or use chat-tui pipe ROOM',
      exitCodes.usage,
    );
  const [environment, showScreen] = await Promise.all([readEnvironment(line, io), loadScreen()]);
  const join = await joinTarget(line, io, () => Promise.resolve(undefined));
  let inUse: ProfileInUse | undefined;
  try {
    return await showScreen({
      async open(nick) {
        await inUse?.close();
        inUse = undefined;
        inUse = await useProfile(environment, nick, io);
        return inUse.opened;
      },
      knownNick: environment.nick,
      suggestedNick: environment.suggestedNick,
      notices: environment.notices,
      ...defined({ join, code: environment.code }),
      savedRelays: savedRelays(environment.settings),
      settings: environment.settings,
      near: environment.lan !== undefined,
      place: { cwd: process.cwd(), home: homedir() },
      version: io.version,
      crashed(error) {
        const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
        io.diagnostics.log('crash', { stack });
        if (line.options.switch('verbose') === true) io.stderr.write(`${stack}\n`);
      },
      io,
    });
  } finally {
    await inUse?.close();
    await environment.lan?.close();
  }
}

interface ProfileInUse {
  readonly opened: OpenedProfile;
  close(): Promise<void>;
}

async function useProfile(environment: Environment, nick: string, io: ProgramIo): Promise<ProfileInUse> {
  const { settings, folders, relays, relaysOnly, runtimeDir, lan, notices } = environment;
  let rooms: OpenedRoomsFile | undefined;
  // A guest is somebody else the next time.
  const session = await openSession(environment, nick, io, (opened) => {
    rooms = opened.guest ? undefined : openRoomsFile(opened.folders);
    return rooms?.openRooms;
  });
  const { profile, client } = session;
  const { RoomHosts } = await import('./room-hosts.ts');
  const hosts = new RoomHosts({
    profile,
    nick: () => client.self.nick,
    relayUrl: () => configuredRelay(client),
    runtimeDir,
    lan,
  });
  if (!profile.guest && settings.values.nick === undefined) settings.update({ nick });
  const guest = profile.guest ? [guestNotice(client.self.nick)] : [];
  const { drafts, keptAs } = profile.guest ? noDrafts : openDrafts(folders.state);
  const reading = profile.guest ? undefined : openReadPositions(profile.folders);
  const damaged = [
    ...(keptAs ? [`What was written and not sent could not be read; it was kept as ${keptAs}.`] : []),
    ...(reading?.keptAs
      ? [`Up to where you had read is not known: its file is damaged and was kept as ${reading.keptAs}.`]
      : []),
    ...(rooms?.keptAs
      ? [
          `Which rooms were open could not be read; it was kept as ${rooms.keptAs}. /join or /host them again.`,
        ]
      : []),
  ];
  return {
    opened: {
      client,
      hosting: rooms ? new LastingHosts(hosts, rooms.openRooms, relaysOnly ? relays : undefined) : hosts,
      notices: [...notices, ...guest, ...damaged],
      drafts,
      frontRoom: {
        load: () => rooms?.openRooms.loadFront(),
        save: (front) => rooms?.openRooms.saveFront(front),
      },
      readPositions: reading?.readPositions,
    },
    async close() {
      // Whoever hosts a room leaves it before it closes.
      await client.close();
      await hosts.closeAll();
      await session.close();
    },
  };
}

/** A relay that somebody chose, one that answers first. */
function configuredRelay(client: ChatClient): string | undefined {
  const chosen = client.relays().filter((relay) => relay.via === 'relay');
  return (chosen.find((relay) => relay.state === 'online') ?? chosen[0])?.url;
}
