import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpsProxy, type HttpsProxy } from '../support/https-proxy.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
let proxy: HttpsProxy | undefined;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  await stage.close();
  await proxy?.close();
  proxy = undefined;
});

/** A relay, a proxy in front of it with callers from everywhere, and programs that trust its certificate. */
async function behind(callerOf: (connection: number) => string, ...options: readonly string[]) {
  const args = [
    'relay',
    '--listen',
    '127.0.0.1:0',
    '--data',
    stage.path('data'),
    '--trust-proxy',
    '1',
    ...options,
  ];
  const relay = stage.program('relay', ...args);
  const { url } = await relay.event('listening');
  proxy = await httpsProxy(Number(new URL(String(url)).port), callerOf);
  const cert = stage.path('proxy.pem');
  writeFileSync(cert, proxy.cert);
  const env = { NODE_EXTRA_CA_CERTS: cert };
  const start = (home: string, ...words: readonly string[]) =>
    stage.programWith(home, [...words, '--relay', proxy?.url ?? '', '--no-lan'], { env });
  return { start };
}

describe('a relay behind a proxy that ends TLS', () => {
  it('carries a conversation over wss, and its invites name the address of the proxy', async () => {
    const { start } = await behind((n) => `198.51.100.${n}`);
    const host = start('host', 'host', 'tea');
    const { invite } = await host.event('ready');
    expect(String(invite)).toContain(`tcs://${new URL(proxy?.url ?? '').host}/`);
    const [ada, bob] = ['ada', 'bob'].map((nick) => start(nick, 'pipe', 'tea', '--nick', nick, '--json'));
    await ada?.event('ready');
    await bob?.event('ready');
    ada?.send({ text: 'over the proxy', id: 'one' });
    await ada?.event('sent', (line) => line['id'] === 'one');
    expect(await bob?.event('message')).toMatchObject({ text: 'over the proxy', nick: 'ada' });
  });

  it('counts each caller by itself, and those of one address together', async () => {
    const callers = ['198.51.100.1', '198.51.100.2', '198.51.100.2'];
    const limits = ['--limits', 'connections-per-network=1'];
    const { start } = await behind((n) => callers[n] ?? '192.0.2.9', ...limits);
    await start('host', 'host', 'tea').event('ready');
    await start('ada', 'pipe', 'tea', '--nick', 'ada', '--json').event('ready');
    // Of the second one's address somebody is there.
    const bob = start('bob', 'pipe', 'tea', '--nick', 'bob', '--json');
    expect(await bob.exited).toEqual({ code: 75, signal: null });
    expect(bob.stderr).toContain('Too many connections from your network');
  });
});
