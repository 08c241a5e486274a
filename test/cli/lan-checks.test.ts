import type { Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { lanChecks } from '../../src/cli/lan-checks.ts';
import { openLan, type Lan } from '../../src/cli/lan.ts';
import { announcement } from '../../src/lan/dns-sd.ts';
import type { LanInterface } from '../../src/lan/lan-interfaces.ts';
import { LanService } from '../../src/lan/lan-service.ts';
import { hastyClock } from '../support/hasty-clock.ts';

const eth0: LanInterface = { name: 'eth0', v4: '192.168.1.5', v6: undefined };

interface Circumstances {
  readonly interfaces?: readonly LanInterface[];
  readonly leftOut?: readonly string[];
  readonly notThere?: readonly string[];
  /** Whether multicast comes back to who sends it. */
  readonly echo?: boolean;
  readonly troubles?: readonly string[];
  /** Addresses of hosts that announce themselves. */
  readonly others?: readonly string[];
}

function network({
  interfaces = [eth0],
  leftOut = [],
  notThere = [],
  echo = true,
  troubles = [],
  others = [],
}: Circumstances): Lan {
  const listeners = new Set<(packet: Packet, source: string) => void>();
  const tell = (packet: Packet, source: string): void => {
    for (const listener of listeners) listener(packet, source);
  };
  const service = new LanService(
    {
      send: (make) => {
        if (echo) tell(make(['192.168.1.5']), '192.168.1.5');
        for (const other of others)
          tell(announcement({ instance: 'ct-abcdefghijklmnop', port: 1878 }, [other], 40), other);
      },
      onPacket: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onJoined: () => () => undefined,
      state: { addresses: ['192.168.1.5'], troubles },
      close: () => Promise.resolve(),
    },
    hastyClock(100),
  );
  return {
    allowed: true,
    interfaces: () => interfaces,
    leftOut: () => leftOut,
    notThere: () => notThere,
    service: () => Promise.resolve(service),
    heard: () => Promise.resolve(),
    close: () => service.close(),
  };
}

async function told(circumstances: Circumstances): Promise<string> {
  const lan = network(circumstances);
  const checks = await lanChecks(lan);
  await lan.close();
  return checks.map(({ state, text, remedy = '' }) => `${state}: ${text} → ${remedy}`).join('\n');
}

describe('the doctor about the local network', () => {
  it('tells who is heard, and what was left out', async () => {
    expect(await told({ others: ['192.168.1.9'], leftOut: ['docker0'] })).toBe(
      'good: eth0 192.168.1.5: 1 other host is heard; left out: docker0 → ',
    );
  });

  it('says what else silence may mean, and the way round', async () => {
    expect(await told({})).toMatch(
      /^good: eth0 192\.168\.1\.5: nobody else is heard → .*UDP 5353.*\/connect HOST:PORT/,
    );
  });

  it('finds a firewall of this machine that eats what is announced', async () => {
    expect(await told({ echo: false })).toMatch(
      /^bad: .*does not get through → Let UDP 5353 through.*\/connect HOST:PORT/,
    );
  });

  it('names what cannot be used, such as an interface without multicast', async () => {
    expect(await told({ troubles: ['wg0 (10.8.0.2): addMembership ENODEV'] })).toMatch(
      /^bad: wg0 \(10\.8\.0\.2\): addMembership ENODEV → .*knows no multicast/,
    );
  });

  it('sees that there is no network, and which interface could be named', async () => {
    expect(await told({ interfaces: [] })).toMatch(
      /^warning: this machine is in no network → Join a network/,
    );
    expect(await told({ interfaces: [], leftOut: ['wg0'] })).toContain('CHAT_TUI_LAN_INTERFACES=wg0');
  });

  it('names an interface that was asked for and is not there, and those that are', async () => {
    expect(await told({ interfaces: [], notThere: ['eht0'], leftOut: ['eth0'] })).toMatch(
      /^warning: CHAT_TUI_LAN_INTERFACES names eht0, which is not there, .* → Choose of: eth0\.\n/,
    );
    expect(await told({ interfaces: [], notThere: ['a', 'b'] })).toMatch(/names a, b, which are .*unset/);
  });

  it('looks at nothing that is not to be used', async () => {
    expect(await lanChecks(undefined)).toMatchObject([{ state: 'good', text: 'not looked for (--no-lan)' }]);
    expect(await lanChecks({ ...network({}), allowed: false })).toMatchObject([{ state: 'good' }]);
  });
});

it('a system that tells nothing of its networks has none', () => {
  const lan = openLan(undefined, () => {
    throw new Error('uv_interface_addresses returned Unknown system error 13');
  });
  expect([lan.interfaces(), lan.leftOut()]).toEqual([[], []]);
});
