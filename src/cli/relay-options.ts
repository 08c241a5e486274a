import { join } from 'node:path';
import { resolveFolders } from '../files/folders.ts';
import { DEFAULT_RELAY_PORT } from '../shared/wire/version.ts';
import { printable, UsageError, type CommandLine } from './parse.ts';

const MAX_PROXIES = 8;
const DEFAULT_LISTEN = `0.0.0.0:${DEFAULT_RELAY_PORT}`;

/** The relay's plain values from its flags and environment. Throws `UsageError`. */
export function relayOptions({ options }: CommandLine) {
  const data = options.text('data');
  if ((options.text('tls-cert') === undefined) !== (options.text('tls-key') === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together; give both or neither');
  const metrics = options.text('metrics');
  const home = { home: options.text('home'), profile: options.text('profile'), env: {} };
  return {
    ...listenAddress('listen', options.text('listen') ?? DEFAULT_LISTEN),
    dataDir: data ?? join(resolveFolders(home).data, 'relay'),
    publicUrl: options.text('public-url'),
    name: options.text('name'),
    tlsCert: options.text('tls-cert'),
    tlsKey: options.text('tls-key'),
    trustProxy: options.number('trust-proxy', 0, MAX_PROXIES),
    metrics: metrics === undefined ? undefined : listenAddress('metrics', metrics),
    verbose: options.switch('verbose'),
  };
}

/** `ADDR:PORT`, an IPv6 address in brackets. */
function listenAddress(name: string, text: string): { host: string; port: number } {
  const groups = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/i.exec(text)?.groups;
  const host = groups?.['six'] ?? groups?.['host'];
  const port = Number(groups?.['port']);
  if (host === undefined || port > 65_535)
    throw new UsageError(
      `--${name} wants ADDR:PORT like ${DEFAULT_LISTEN} or [::]:1878, not "${printable(text)}"`,
    );
  return { host, port };
}
