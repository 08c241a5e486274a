import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunningHost } from '../../src/host/hosting.ts';
import { startHost, type HostOptions } from '../../src/host/start.ts';
import { startRelay, type RelayLimits, type RunningRelay } from '../../src/relay/index.ts';
import { parseInvite } from '../../src/shared/crypto/invite.ts';
import { issueDeviceCertificate, type DeviceCertificate } from '../../src/shared/crypto/certificate.ts';
import { randomBytes, signerFrom, type Signer } from '../../src/shared/crypto/sign.ts';
import { idBytes, type RoomId } from '../../src/shared/ids.ts';
import type { Resume } from '../../src/shared/room/handshake.ts';
import { hostOptions } from './host-options.ts';
import type { MemberCircuit } from '../support/peers/member-circuit.ts';
import { ScriptedMember } from '../support/peers/scripted-member.ts';

/** Tests dial, post and flood faster than people do. */
export const easyLimits: Partial<RelayLimits> = {
  connectionsPerNetwork: 1_000,
  newConnectionsPerNetwork: 10_000,
  loginsPerNetwork: 1_000,
  joinsPerRoom: 10_000,
  joinsPerIdentity: 10_000,
  memberFramesPerSecond: 100_000,
  memberFrameBurst: 100_000,
  memberBytesPerSecond: 100_000_000,
  hostFramesPerSecond: 100_000,
  hostFrameBurst: 100_000,
  hostBytesPerSecond: 100_000_000,
};

interface MemberOptions {
  readonly relayUrl: string;
  readonly room: RoomId;
  readonly signer?: Signer;
  readonly nick?: string;
  readonly code?: Uint8Array | undefined;
  readonly resume?: Resume;
  /** Signs the certificate instead of the identity that logged in. */
  readonly certifiedBy?: Signer;
}

/** A relay, a host and whoever joins; everything is closed when the test is over. */
export async function roomRig(change: Partial<HostOptions> = {}, limits: Partial<RelayLimits> = {}) {
  const relay = await relayFor(limits);
  const signer = signerFrom(randomBytes(32));
  const host = await hostFor(hostOptions(relay.url, signer, change));
  const code = parseInvite(host.invite)?.code;
  return {
    relay,
    signer,
    host,
    code,
    member: (options: Partial<MemberOptions> = {}) =>
      memberFor({ relayUrl: relay.url, room: host.room, code, ...options }),
  };
}

export async function relayFor(limits: Partial<RelayLimits> = {}, port = 0): Promise<RunningRelay> {
  const relay = await startRelay({
    listen: { host: '127.0.0.1', port },
    dataDir: undefined,
    limits: { ...easyLimits, ...limits },
  });
  onTestFinished(() => relay.close());
  return relay;
}

export async function hostFor(options: HostOptions): Promise<RunningHost> {
  const result = await startHost(options);
  if (!result.ok) throw new Error(`not hosted: ${result.code}`);
  onTestFinished(() => result.value.close());
  return result.value;
}

/** Somebody who is about to come in; each call is a connection of its own, closed when the test is over. */
export function memberFor({
  relayUrl,
  room,
  signer,
  nick = 'ada',
  code,
  resume,
  certifiedBy,
}: MemberOptions) {
  const script = {
    nick,
    code,
    ...(resume && { resume }),
    ...(certifiedBy && {
      certificate: ({ key, device, expires }: DeviceCertificate) =>
        issueDeviceCertificate(certifiedBy, key, device, expires),
    }),
  };
  const logIn = async (): Promise<ScriptedMember> => {
    const member = await ScriptedMember.logIn(relayUrl, signer);
    onTestFinished(() => member.line.close());
    return member;
  };
  return {
    /** Shakes hands, as far as that gets; throws where the relay makes no circuit. */
    dial: async (): Promise<MemberCircuit> => (await logIn()).enter(idBytes(room), script),
    /** Until it is welcome and has its pages. */
    join: async (): Promise<MemberCircuit> => (await logIn()).join(idBytes(room), script),
  };
}

export function tempFile(name = 'room.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'chat-tui-host-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
