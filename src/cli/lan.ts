import { LanService } from '../lan/lan-service.ts';
import { networkInterfaces } from 'node:os';
import { lanInterfaces, leftOut, notThere, type LanInterface } from '../lan/lan-interfaces.ts';
import { openMulticast } from '../lan/multicast.ts';
import { systemClock } from '../link/clock.ts';

/** How long relays of a network are given to answer somebody who asks once. */
export const LISTEN_MS = 1_200;

/** The local network as this process uses it; nothing is sent before somebody asks for the service. */
export interface Lan {
  /** False where `CHAT_TUI_LAN_INTERFACES` allows no interface. */
  readonly allowed: boolean;
  interfaces(): readonly LanInterface[];
  /** Names of interfaces that are not used because of what they are called. */
  leftOut(): readonly string[];
  /** Names that `CHAT_TUI_LAN_INTERFACES` has and this machine has not. */
  notThere(): readonly string[];
  service(): Promise<LanService>;
  /** Resolves when relays that are there have had time to answer. */
  heard(): Promise<void>;
  close(): Promise<void>;
}

/** `chosen` is `CHAT_TUI_LAN_INTERFACES`. */
export function openLan(chosen: string | undefined, system = networkInterfaces): Lan {
  const all = (): ReturnType<typeof networkInterfaces> => {
    try {
      return system();
    } catch {
      // Android tells programs nothing of its networks; there is a relay to go by all the same.
      return {};
    }
  };
  const interfaces = (): readonly LanInterface[] => lanInterfaces(chosen, all());
  let opened: Promise<LanService> | undefined;
  let askedAt: number | undefined;
  const service = (): Promise<LanService> => {
    askedAt ??= systemClock.now();
    opened ??= openMulticast(interfaces).then((multicast) => new LanService(multicast, systemClock));
    return opened;
  };
  return {
    allowed: chosen?.trim() !== '',
    interfaces,
    leftOut: () => leftOut(chosen, all()),
    notThere: () => notThere(chosen, all()),
    service,
    async heard() {
      if (interfaces().length === 0) return;
      await service();
      const left = LISTEN_MS - (systemClock.now() - (askedAt ?? 0));
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    },
    async close() {
      await (await opened)?.close();
    },
  };
}
