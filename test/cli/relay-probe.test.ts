import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createNetServer, type Server as NetServer } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { certificateTrouble, relayTrouble } from '../../src/cli/relay-probe.ts';
import { relayRig } from '../support/relay-rig.ts';
import { tlsPair } from '../support/tls-pair.ts';

async function portOf(server: Server | NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

it('finds nothing wrong with a relay', async () => {
  const { url } = await relayRig();
  expect(await relayTrouble(url)).toBeUndefined();
});

it('names a port on which nobody listens', async () => {
  expect(await relayTrouble('ws://127.0.0.1:9')).toBe(
    'Nobody listens on 127.0.0.1:9: start the relay, or check the port.',
  );
});

it('names a certificate that nobody here trusts', async () => {
  const port = await portOf(createTlsServer(tlsPair));
  expect(await relayTrouble(`wss://127.0.0.1:${port}`)).toMatch(
    /^Nobody whom this machine trusts has signed the certificate of 127\.0\.0\.1: .*fullchain\.pem/,
  );
});

it('names a certificate that is due to be renewed, at a relay that can still be reached', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.useRealTimers();
  });
  const { url } = await relayRig({ tls: tlsPair });
  expect(await certificateTrouble(url)).toBeUndefined();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2126-10-25T12:00Z') });
  expect(await certificateTrouble(url)).toBe(
    'The certificate of 127.0.0.1 expires in 2 days, on 2126-10-28: its operator has to renew it and reload the relay or the proxy.',
  );
  expect(await certificateTrouble(url.replace('wss:', 'ws:'))).toBeUndefined();
});

it('tells a proxy without its relay from a server that is none', async () => {
  let status = 502;
  const port = await portOf(createServer((_request, response) => response.writeHead(status).end()));
  const url = `ws://127.0.0.1:${port}`;
  expect(await relayTrouble(url)).toMatch(
    /^A proxy answers at .* reaches no relay \(HTTP 502\): start the relay/,
  );
  status = 404;
  expect(await relayTrouble(url)).toMatch(/^What answers at .* \(HTTP 404\): check the port, .*WebSocket/);
});

it('says which side speaks TLS where only one does', async () => {
  const tls = await portOf(createTlsServer(tlsPair));
  expect(await relayTrouble(`ws://127.0.0.1:${tls}`)).toMatch(`write wss://127.0.0.1:${tls}.`);
  const plain = await portOf(createServer());
  expect(await relayTrouble(`wss://127.0.0.1:${plain}`)).toMatch(`write ws://127.0.0.1:${plain},`);
});

it('is not misled by somebody who hangs up', async () => {
  const port = await portOf(createNetServer((socket) => socket.destroy()));
  expect(await relayTrouble(`ws://127.0.0.1:${port}`)).toMatch(/is no relay without TLS/);
});
