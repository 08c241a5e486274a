/* The relay of a soak: everybody comes from one address and often, which a relay on the internet would not allow. */
import { relayMain } from '../../src/relay/main.ts';

const [dataDir = 'relay'] = process.argv.slice(2);
const many = 1_000_000;
process.exitCode = await relayMain(
  {
    host: '127.0.0.1',
    port: 0,
    dataDir,
    limits: {
      connectionsPerNetwork: 1_000,
      loginsPerNetwork: 1_000,
      newConnectionsPerNetwork: many,
      joinsPerRoom: many,
      joinsPerIdentity: many,
    },
  },
  process,
);
process.exit();
