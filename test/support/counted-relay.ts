/*
 * A relay that counts what it costs: the process of `test/e2e/delivery-cost.test.ts`. Prints its port; to each message it
 * answers with socket writes bytes allocated on the JavaScript heap, and bytes of buffers, since the last one. It has to run without
 * optimising compilers, which change what is allocated while one looks, and with room for all garbage.
 */
import { startRelay } from '../../src/relay/index.ts';

const plenty = 1e9;
const limits = {
  connectionsPerNetwork: plenty,
  newConnectionsPerNetwork: plenty,
  loginsPerNetwork: plenty,
  joinsPerRoom: plenty,
  unfinishedPerRoom: plenty,
  memberFramesPerSecond: plenty,
  memberFrameBurst: plenty,
  memberBytesPerSecond: plenty,
  hostFramesPerSecond: plenty,
  hostFrameBurst: plenty,
  hostBytesPerSecond: plenty,
};

let writes = 0;
// Below the streams, where all writes come together.
type Write = (request: unknown, bytes: unknown, isAllBuffers: unknown) => unknown;
const { TCP } = Reflect.apply(Reflect.get(process, 'binding') as () => unknown, process, ['tcp_wrap']) as {
  readonly TCP: { readonly prototype: object };
};
const handles = Object.getPrototypeOf(TCP.prototype) as Record<'writeBuffer' | 'writev', Write>;
for (const name of ['writeBuffer', 'writev'] as const) {
  const own = handles[name];
  handles[name] = function counted(this: unknown, request, bytes, isAllBuffers) {
    writes++;
    return own.call(this, request, bytes, isAllBuffers);
  };
}

// A sweep in the middle of a measurement would be counted.
const relay = await startRelay({
  listen: { host: '127.0.0.1', port: 0 },
  dataDir: undefined,
  limits,
  sweepMs: 3_600_000,
});
const now = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { writes, heapBytes: heapUsed, bufferBytes: arrayBuffers };
};
let before = now();
process.on('message', () => {
  const { heapBytes, bufferBytes } = now();
  process.send?.({
    writes: writes - before.writes,
    heapBytes: heapBytes - before.heapBytes,
    bufferBytes: bufferBytes - before.bufferBytes,
  });
  before = now();
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: relay.port });
