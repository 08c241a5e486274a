import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { utf8 } from '../../src/shared/bytes.ts';
import { SECOND } from '../../src/shared/limits.ts';
import { closeCodes } from '../../src/shared/wire/close-codes.ts';
import { endWithUs } from '../support/end-with-us.ts';
import { tlsPair } from '../support/tls-pair.ts';
import { join, openRoom, relayRig, signIn } from '../support/relay-rig.ts';

/** What it is given to end in, and what a machine that is busy with much else may add. */
const DRAIN_MS = 5 * SECOND + 15 * SECOND;

const mainUrl = new URL('../../src/relay/main.ts', import.meta.url).href;

interface Program {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  /** Resolves with the first line on stdout. */
  readonly line: Promise<string>;
  out(): string;
  err(): string;
}

function run(options: {
  port?: number;
  metrics?: { readonly host: string; readonly port: number };
  dataDir?: string;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
}): Program {
  const full = {
    host: '127.0.0.1',
    verbose: true,
    port: 0,
    dataDir: options.dataDir ?? scratch(),
    ...options,
  };
  const script = `process.exit(await (await import(${JSON.stringify(mainUrl)})).relayMain(${JSON.stringify(full)}, process));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  endWithUs(child);
  let out = '';
  let err = '';
  const line = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
  });
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, exit, line, out: () => out, err: () => err };
}

function pem(...names: readonly (keyof typeof tlsPair)[]): string[] {
  const folder = mkdtempSync(joinPath(tmpdir(), 'relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return names.map((name, index) => {
    const path = joinPath(folder, `${index}.pem`);
    writeFileSync(path, tlsPair[name]);
    return path;
  });
}

function scratch(): string {
  const folder = mkdtempSync(joinPath(tmpdir(), 'relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return joinPath(folder, 'data');
}

async function listening(program: Program): Promise<{ url: string; relayId: string }> {
  return JSON.parse(await program.line);
}

describe('the relay program', () => {
  it('says first where it listens and who it is', async () => {
    const program = run({});
    const first: unknown = JSON.parse(await program.line);
    expect(first).toMatchObject({
      event: 'listening',
      url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
      relayId: expect.stringMatching(/^[a-z2-7]{52}$/),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it('drains on SIGTERM: everybody is told, exit 0 within seconds', async () => {
    const program = run({});
    const relay = await listening(program);
    const { client } = await signIn(relay);
    const start = performance.now();
    program.child.kill('SIGTERM');
    const error = await client.expect('error');
    expect(error).toMatchObject({ code: 'draining', fatal: true });
    expect(error.retryMs).toBeGreaterThan(0);
    expect(await client.closed).toBe(closeCodes.goingAway);
    expect(await program.exit).toBe(0);
    expect(performance.now() - start).toBeLessThan(DRAIN_MS);
  });

  it('drains within seconds also with a peer that does not answer', async () => {
    const program = run({});
    const { client } = await signIn(await listening(program));
    client.ws.pause();
    const start = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    expect(performance.now() - start).toBeLessThan(DRAIN_MS);
  });

  it('says in one sentence that its port is in use: exit 69', async () => {
    const { port } = await relayRig();
    const program = run({ port });
    expect(await program.exit).toBe(69);
    expect(program.err()).toMatch(new RegExp(`^chat-tui: port ${port} is in use.*--listen.*\\.\n$`));
    expect(program.out()).toBe('');
  });

  it.each([
    ['port is in use', '127.0.0.1', /^chat-tui: port \d+ is in use.*--metrics 127\.0\.0\.1:PORT\.\n$/],
    [
      'address is none of this machine',
      '192.0.2.1',
      /^chat-tui: 192\.0\.2\.1 is not an address.*--metrics ADDR:/,
    ],
  ])('says in one sentence that the %s which its metrics are to have', async (_, host, sentence) => {
    const { port } = await relayRig();
    const program = run({ metrics: { host, port } });
    expect(await program.exit).toBe(69);
    expect(program.err()).toMatch(sentence);
  });

  it('says in one sentence that its data folder cannot be used: exit 78', async () => {
    const folder = scratch();
    writeFileSync(folder, '');
    const program = run({ dataDir: folder });
    expect(await program.exit).toBe(78);
    expect(program.err()).toMatch(/^chat-tui: the data folder .* cannot be used.*--data\.\n$/);
  });

  it('speaks TLS itself when it is given a certificate and its key', async () => {
    const [cert, key] = pem('cert', 'key');
    const program = run({ tlsCert: cert, tlsKey: key });
    const relay = await listening(program);
    expect(relay.url).toMatch(/^wss:/);
    const host = await openRoom(relay);
    const ada = await join(relay, host);
    host.client.cast(host.handle, utf8('sealed'));
    expect(Buffer.from((await ada.client.data()).payload).toString()).toBe('sealed');
  });

  it.each([
    ['do not fit', () => pem('cert', 'cert')],
    ['are not there', () => ['/nowhere.pem', '/nowhere.pem']],
  ])('says in one sentence when certificate and key %s: exit 78', async (_, files) => {
    const [tlsCert, tlsKey] = files();
    const program = run({ tlsCert, tlsKey });
    expect(await program.exit).toBe(78);
    expect(program.err()).toMatch(/^chat-tui: .* check --tls-cert.*\.\n$/);
  });

  it('writes no payload, title, key or address to its log', async () => {
    const program = run({});
    const relay = await listening(program);
    const host = await openRoom(relay, { listing: { title: 'titleword', topic: 'topicword' } });
    const ada = await join(relay, host);
    host.client.cast(host.handle, utf8('castword'));
    ada.client.send(ada.circuit, utf8('sendword'));
    await ada.client.data();
    await host.client.data();
    ada.client.sendBytes(Uint8Array.from([9, ...utf8('brokenword')]));
    await ada.client.closed;
    await host.client.close();
    program.child.kill('SIGTERM');
    await program.exit;
    const [first = '', ...rest] = program.out().split('\n');
    expect(first).toContain('listening');
    expect(rest.join('\n')).toContain('room-opened');
    expect(rest.join('\n')).not.toMatch(/word|127\.0\.0\.1|[a-z2-7]{26}/);
    expect(program.err()).toBe('');
  });
});
