import type { HostOptions } from '../../src/host/start.ts';
import { wsDialler } from '../../src/link/ws-transport.ts';
import { issueDeviceCertificate } from '../../src/shared/crypto/certificate.ts';
import { generateKeyPair } from '../../src/shared/crypto/noise.ts';
import { randomBytes, type Signer } from '../../src/shared/crypto/sign.ts';

export function hostOptions(
  relayUrl: string,
  signer: Signer,
  change: Partial<HostOptions> = {},
): HostOptions {
  const keys = generateKeyPair();
  const certificate = issueDeviceCertificate(signer, keys.public, randomBytes(16), 4_000_000_000);
  return {
    relayUrl,
    signer,
    device: { keys, certificate },
    dataFile: ':memory:',
    title: 'tea',
    nick: 'host',
    backlog: 200,
    retain: 'all',
    maxMembers: 250,
    rate: 1_000,
    burst: 1_000,
    dialler: wsDialler,
    random: () => 0,
    rekey: { joinMs: 0 },
    ...change,
  };
}
