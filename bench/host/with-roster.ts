import { SqliteHistory } from '../../src/host/history/sqlite-history.ts';
import type { RunningHost } from '../../src/host/hosting.ts';

/**
 * Opens a room whose roster has `people`, none of them there. As newcomers they would be let in one a second; as people who
 * come back they all are at once.
 */
export async function openWithRoster(
  open: () => Promise<RunningHost>,
  dataFile: string,
  people: readonly Uint8Array[],
): Promise<RunningHost> {
  await (await open()).close();
  const history = new SqliteHistory(dataFile);
  history.append({
    events: [],
    members: people.map((key, index) => ({
      key,
      nick: `p${index + 1}`,
      role: 'member',
      floor: 1,
      counter: 0,
      onRoster: true,
      kicked: false,
    })),
  });
  history.close();
  return await open();
}
