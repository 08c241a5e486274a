import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { codeOf } from '../shared/error-code.ts';
import { OPERATOR_SOCKET } from './operator/socket-name.ts';
import { startRelay } from './relay.ts';
import type { Reloaded, RelayOptions, RunningRelay } from './relay-options.ts';
import { exitCodes } from '../shared/exit-codes.ts';
import { printableJson } from '../shared/json-text.ts';
import { UnusableFileError } from '../files/unusable-file.ts';
import { needRestart, readSettings } from './settings-files.ts';
import type { Logger } from './log.ts';
import { defined } from '../shared/defined.ts';

export interface RelayMainOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly publicUrl?: string | undefined;
  readonly name?: string | undefined;
  /** Paths of PEM files, both or none. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** Path of a text that everybody is shown at the first visit. */
  readonly terms?: string | undefined;
  /** Path of a list of identity keys: nobody else may come in. */
  readonly privateRelay?: string | undefined;
  readonly trustProxy?: number | undefined;
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
  readonly verbose?: boolean | undefined;
  readonly limits?: RelayOptions['limits'] | undefined;
  readonly version?: string | undefined;
}

/** Where the log and the last sentence go. */
export interface RelayMainIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * `chat-tui relay`: runs until it is asked to end; resolves with the exit code. `read` gives the options as they are by
 * now, and throws an error with a sentence where they cannot be used.
 */
export async function relayMain(
  options: RelayMainOptions,
  io: RelayMainIo,
  read: () => RelayMainOptions = () => options,
): Promise<number> {
  // Nothing this process makes is for anybody else.
  process.umask(0o077);
  // Else a burst of logins lets the young generation grow to 48 MB, for good; nothing here needs that.
  setFlagsFromString('--semi-space-growth-factor=1');
  const log = await logger(io, options.verbose === true);
  let relay: RunningRelay | undefined;
  const reload = (): Reloaded =>
    relay ? reread(relay, options, read, log) : { ok: false, text: 'the relay is just starting' };
  const asked = untilAsked();
  const onHangUp = (): void => {
    // A terminal that goes takes its relay along; a service is asked for its settings.
    // By the handlers: Windows would end the process at once.
    if (process.stdout.isTTY) process.emit('SIGTERM');
    else reload();
  };
  process.on('SIGHUP', onHangUp);
  try {
    relay = await startRelay({
      listen: { host: options.host, port: options.port },
      dataDir: options.dataDir,
      // Windows has no such sockets.
      ...(process.platform === 'win32' ? {} : { operatorSocket: join(options.dataDir, OPERATOR_SOCKET) }),
      reload,
      ...defined({
        publicUrl: options.publicUrl,
        trustProxy: options.trustProxy,
        metrics: options.metrics,
        version: options.version,
      }),
      ...readSettings(options),
      log,
    });
  } catch (error) {
    process.off('SIGHUP', onHangUp);
    const [text, code] = explained(error, options);
    io.stderr.write(`chat-tui: ${text}\n`);
    return code;
  }
  log.info('listening', { url: relay.url, relayId: relay.relayId });
  relay.warn();
  const code = await Promise.race([asked, relay.ended]);
  await relay.drain();
  process.off('SIGHUP', onHangUp);
  log.info('stopped');
  return code ?? exitCodes.done;
}

/** What comes of it is said in the log too. */
function reread(
  relay: RunningRelay,
  started: RelayMainOptions,
  read: () => RelayMainOptions,
  log: Logger,
): Reloaded {
  try {
    const options = read();
    relay.change(readSettings(options));
    const changed = needRestart(started, options);
    const restart = changed.join(', ');
    log.info('settings-changed', restart === '' ? {} : { restart });
    const waiting = restart === '' ? [] : [`${restart} ${changed.length === 1 ? 'needs' : 'need'} a restart`];
    return { ok: true, text: ['the settings were read anew', ...waiting, ...relay.warn()].join('; ') };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason';
    log.error('settings-kept', { reason });
    return { ok: false, text: reason };
  }
}

/** Which of the two listeners there can be none of: that of callers, or that of the metrics. */
function unheard(error: unknown, { host, port, metrics }: RelayMainOptions) {
  const callers = { host, port, option: '--listen' } as const;
  if (!metrics || !(error instanceof Error)) return callers;
  const isMetrics =
    'port' in error
      ? error.port === metrics.port && metrics.port !== port
      : 'hostname' in error && error.hostname === metrics.host && metrics.host !== host;
  return isMetrics ? ({ ...metrics, option: '--metrics' } as const) : callers;
}

function explained(error: unknown, options: RelayMainOptions): readonly [string, number] {
  if (error instanceof UnusableFileError) return [error.text, exitCodes.config];
  const { host, port, option } = unheard(error, options);
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return [
        `port ${port} is in use: stop the program that has it, or choose another with ${option} ${host}:PORT.`,
        exitCodes.unreachable,
      ];
    case 'EACCES':
      return [
        `port ${port} is not allowed for this user: choose one above 1023 with ${option} ${host}:PORT.`,
        exitCodes.unreachable,
      ];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [
        `${host} is not an address of this machine: choose another with ${option} ADDR:${port}.`,
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
