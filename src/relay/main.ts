import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { startRelay, type RelayOptions, type RunningRelay } from './relay.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { printableJson } from '../shared/json-text.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import { codeOf, StoreError } from './store-error.ts';
import type { Logger } from './log.ts';

export interface RelayMainOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly publicUrl?: string | undefined;
  readonly name?: string | undefined;
  /** Paths of PEM files, both or none. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly trustProxy?: number | undefined;
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
  readonly verbose?: boolean | undefined;
  readonly limits?: RelayOptions['limits'] | undefined;
}

/** Where the log and the last sentence go. */
export interface RelayMainIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** `chat-tui relay`: runs until it is asked to end; resolves with the exit code. */
export async function relayMain(options: RelayMainOptions, io: RelayMainIo): Promise<number> {
  // Nothing this process makes is for anybody else.
  process.umask(0o077);
  // Else a burst of logins lets the young generation grow to 48 MB, for good; nothing here needs that.
  setFlagsFromString('--semi-space-growth-factor=1');
  const asked = untilAsked();
  const log = await logger(io, options.verbose === true);
  let relay: RunningRelay;
  try {
    relay = await startRelay({
      listen: { host: options.host, port: options.port },
      dataDir: options.dataDir,
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy }),
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
      ...tlsFiles(options),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      log,
    });
  } catch (error) {
    const [text, code] = explained(error, options);
    io.stderr.write(`chat-tui: ${text}\n`);
    return code;
  }
  log.info('listening', { url: relay.url, relayId: relay.relayId });
  const code = await asked;
  await relay.drain();
  log.info('stopped');
  return code;
}

function tlsFiles({ tlsCert, tlsKey }: RelayMainOptions): Pick<RelayOptions, 'tls'> {
  if (tlsCert === undefined || tlsKey === undefined) return {};
  const read = (path: string, option: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new StoreError(`${path} cannot be read (${codeOf(error)}): check --${option}`, { cause: error });
    }
  };
  return { tls: { cert: read(tlsCert, 'tls-cert'), key: read(tlsKey, 'tls-key') } };
}

function explained(
  error: unknown,
  { host, port, tlsCert = '' }: RelayMainOptions,
): readonly [string, number] {
  if (error instanceof UnusableFileError) return [error.text, exitCodes.config];
  if (codeOf(error).startsWith('ERR_OSSL'))
    return [`${tlsCert} and its key do not fit: check --tls-cert and --tls-key.`, exitCodes.config];
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return [
        `port ${port} is in use: stop the program that has it, or choose another with --listen ${host}:PORT.`,
        exitCodes.unreachable,
      ];
    case 'EACCES':
      return [
        `port ${port} is not allowed for this user: choose one above 1023 with --listen ${host}:PORT.`,
        exitCodes.unreachable,
      ];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return [
        `${host} is not an address of this machine: choose another with --listen ADDR:${port}.`,
        exitCodes.unreachable,
      ];
    default:
      throw error;
  }
}

/** A second signal ends the process at once. */
function untilAsked(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', exitCodes.interrupted],
      ['SIGTERM', exitCodes.done],
      ['SIGHUP', exitCodes.done],
    ] as const)
      process.once(signal, () => {
        process.once(signal, () => process.exit(code));
        resolve(code);
      });
  });
}

async function logger(io: RelayMainIo, verbose: boolean): Promise<Logger> {
  const { pino } = await import('pino');
  const lines = pino(
    {
      base: null,
      level: verbose ? 'debug' : 'info',
      messageKey: 'event',
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => void io.stdout.write(printableJson(line)) },
  );
  return {
    debug: (event, fields) => lines.debug(fields ?? {}, event),
    info: (event, fields) => lines.info(fields ?? {}, event),
    warn: (event, fields) => lines.warn(fields ?? {}, event),
    error: (event, fields) => lines.error(fields ?? {}, event),
  };
}
