import type { ChatClient } from '../client/api.ts';
import type { Profile } from '../client/profile/profile.ts';
import type { OpenRoomsStore } from '../client/rooms/open-rooms.ts';
import { nickOrSuggested, openPerson, readEnvironment, type Environment } from './environment.ts';
import type { CommandLine } from './parse.ts';
import type { ProgramIo } from './program.ts';
import { logSession } from './session-log.ts';

/** A profile that is open as its person's one session, or as a guest of it. */
export interface OpenedSession {
  readonly profile: Profile;
  readonly client: ChatClient;
  close(): Promise<void>;
}

/**
 * Opens the profile and connects to what the environment names; `openRooms`: where its rooms are remembered. Throws
 * `ProgramError`.
 */
export async function openSession(
  environment: Environment,
  nick: string,
  io: ProgramIo,
  openRooms?: (profile: Profile) => OpenRoomsStore | undefined,
): Promise<OpenedSession> {
  const profile = await openPerson(environment, 'session', nick);
  try {
    const client = await openClientOf(profile, environment, io, openRooms?.(profile));
    return {
      profile,
      client,
      async close() {
        await client.close();
        profile.close();
      },
    };
  } catch (error) {
    profile.close();
    throw error;
  }
}

/** Runs `task` as the person of the command line; whatever was opened for it is closed behind it. */
export async function withSession<Value>(
  line: CommandLine,
  io: ProgramIo,
  task: (opened: OpenedSession & { readonly environment: Environment }) => Promise<Value>,
): Promise<Value> {
  const environment = await readEnvironment(line, io);
  try {
    const session = await openSession(environment, nickOrSuggested(environment), io);
    try {
      return await task({ ...session, environment });
    } finally {
      await session.close();
    }
  } finally {
    await environment.lan?.close();
  }
}

async function openClientOf(
  profile: Profile,
  { relays, relaysOnly, finder }: Environment,
  { diagnostics, version }: ProgramIo,
  openRooms: OpenRoomsStore | undefined,
): Promise<ChatClient> {
  const app = `chat-tui/${version}`;
  // Keys, sockets and archive are not needed for a first frame, which has to come first.
  const [{ openClient }, { wsDialler }] = await Promise.all([
    import('../client/client.ts'),
    import('../link/ws-transport.ts'),
  ]);
  const client = await openClient({
    profile,
    relays,
    relaysOnly,
    finder,
    dialler: wsDialler,
    log: diagnostics.log,
    app,
    ...(openRooms && { openRooms }),
  });
  logSession(client, diagnostics.log);
  return client;
}
