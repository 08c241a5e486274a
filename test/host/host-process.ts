import { startHost } from '../../src/host/start.ts';
import { fromHex } from '../../src/shared/bytes.ts';
import { signerFrom } from '../../src/shared/crypto/sign.ts';
import { hostOptions } from './host-options.ts';

/** A host of its own to be killed: `relay url`, `file` and hex seed as arguments, one JSON line when it is ready. */
const [relayUrl = '', dataFile = '', seed = ''] = process.argv.slice(2);
const result = await startHost(hostOptions(relayUrl, signerFrom(fromHex(seed)), { dataFile, code: true }));
process.stdout.write(
  `${JSON.stringify(result.ok ? { room: result.value.room, log: result.value.log, invite: result.value.invite } : result)}\n`,
);
