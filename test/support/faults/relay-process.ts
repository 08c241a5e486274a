// The relay as `chat-tui relay` runs it, with limits that no option sets: port, data folder and limits as arguments.
import { relayMain } from '../../../src/relay/main.ts';
import type { RelayLimits } from '../../../src/relay/limits.ts';

const [port = '0', dataDir = '', limits = '{}'] = process.argv.slice(2);
process.exitCode = await relayMain(
  {
    host: '127.0.0.1',
    port: Number(port),
    dataDir,
    limits: JSON.parse(limits) as Partial<RelayLimits>,
  },
  process,
);
