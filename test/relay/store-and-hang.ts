// Stores one mail, says so as soon as the store says so, and waits to be killed.
import { openDataDir } from '../../src/relay/data-dir.ts';
import { defaultLimits } from '../../src/relay/limits.ts';

const { mailbox } = await openDataDir(process.argv[2] ?? '', defaultLimits);
const to = new Uint8Array(32).fill(1);
await mailbox.putPrekey(to, new Uint8Array(5), 0);
const mail = { from: new Uint8Array(32).fill(2), to, id: new Uint8Array(16), at: 0 };
const result = await mailbox.put({ ...mail, mail: new Uint8Array(100).fill(3) });
process.send?.(result);
setInterval(() => undefined, 1_000);
