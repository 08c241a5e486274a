import { homedir } from 'node:os';
import type { ChatClient } from '../client/api.ts';
import type { Profile } from '../client/profile/profile.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { openPerson, openSession, readEnvironment } from './environment.ts';
import type { Services } from '../tui/services.ts';
import { joinTarget } from './invite-target.ts';
import type { CommandLine } from './parse.ts';
import { noDrafts, openDrafts } from './drafts.ts';
import { guestNotice } from './guest-notice.ts';
import { ProgramError, type ProgramIo } from './program.ts';
import type { RoomHosts } from './room-hosts.ts';
import { savedRelays } from './saved-relays.ts';

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
  let profile: Profile | undefined;
  let client: ChatClient | undefined;
  let hosts: RoomHosts | undefined;
  const loadHosts = () => import('./room-hosts.ts');
  let hosting: Awaited<ReturnType<typeof loadHosts>> | undefined;
  try {
    return await showScreen({
      async open(nick) {
        await hosts?.closeAll();
        hosts = undefined;
        await client?.close();
        profile?.close();
        profile = await openPerson(environment, 'session', nick);
        const opened = await openSession(environment, profile, io);
        client = opened;
        hosting = await loadHosts();
        if (!profile.guest && environment.settings.values.nick === undefined)
          environment.settings.update({ nick });
        const guest = profile.guest ? [guestNotice(opened.self.nick)] : [];
        const { drafts, keptAs } = profile.guest ? noDrafts : openDrafts(environment.folders.state);
        const damaged = keptAs
          ? [`What was written and not sent could not be read; it was kept as ${keptAs}.`]
          : [];
        return { client: opened, notices: [...environment.notices, ...guest, ...damaged], drafts };
      },
      knownNick: environment.nick,
      suggestedNick: environment.suggestedNick,
      ...(join === undefined ? {} : { join }),
      ...(environment.code === undefined ? {} : { code: environment.code }),
      hosting(opened) {
        if (!profile || !hosting) throw new Error('hosting before the profile is open');
        hosts ??= new hosting.RoomHosts({
          profile,
          nick: () => opened.self.nick,
          relayUrl: () => configuredRelay(opened),
          runtimeDir: environment.runtimeDir,
          lan: environment.lan,
        });
        return hosts;
      },
      savedRelays: savedRelays(environment.settings),
      settings: environment.settings,
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
    await client?.close();
    await hosts?.closeAll();
    profile?.close();
    await environment.lan?.close();
  }
}

/** A relay that somebody chose, one that answers first. */
function configuredRelay(client: ChatClient): string | undefined {
  const chosen = client.relays().filter((relay) => relay.via === 'relay');
  return (chosen.find((relay) => relay.state === 'online') ?? chosen[0])?.url;
}
