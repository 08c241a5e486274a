import type { Check } from '../commands/doctor.ts';
import { LISTEN_MS, type Lan } from './lan.ts';

const name = 'network';
/** The ways round where a network does not carry announcements. */
const WAY_ROUND =
  'Rooms are reached all the same by their invite, or by /connect HOST:PORT with the address in it.';

/** Whether rooms of the local network can be found, and theirs be found there. */
export async function lanChecks(lan: Lan | undefined): Promise<Check[]> {
  if (!lan) return [{ name, state: 'good', text: 'not looked for (--no-lan)' }];
  if (!lan.allowed)
    return [{ name, state: 'good', text: 'no interface is to be used (CHAT_TUI_LAN_INTERFACES is empty)' }];
  return [...namedChecks(lan), ...(await usedChecks(lan))];
}

/** A slip in a name would otherwise look like a network that is gone. */
function namedChecks(lan: Lan): Check[] {
  const missing = lan.notThere();
  if (missing.length === 0) return [];
  const there = [...lan.interfaces().map((used) => used.name), ...lan.leftOut()];
  const text = `CHAT_TUI_LAN_INTERFACES names ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not there, or without an address`;
  const remedy =
    there.length === 0 ? 'Leave it unset to use what is there.' : `Choose of: ${there.join(', ')}.`;
  return [{ name, state: 'warning', text, remedy }];
}

async function usedChecks(lan: Lan): Promise<Check[]> {
  const left = lan.leftOut();
  const also = left.length === 0 ? '' : `; left out: ${left.join(', ')}`;
  const interfaces = lan.interfaces();
  if (interfaces.length === 0) {
    const remedy =
      left.length === 0
        ? 'Join a network; rooms on this machine need none.'
        : `If people are behind one of these, name it: CHAT_TUI_LAN_INTERFACES=${left[0] ?? ''}`;
    return [{ name, state: 'warning', text: `this machine is in no network${also}`, remedy }];
  }
  const service = await lan.service();
  const [echoed] = await Promise.all([service.hearsItself(LISTEN_MS), lan.heard()]);
  const { troubles } = service.state;
  const used = interfaces.map(({ name: device, v4, v6 }) => `${device} ${v4 ?? v6 ?? ''}`).join(', ');
  const checks = troubles.map((text): Check => ({
    name,
    state: 'bad',
    text,
    remedy: `Another program may keep UDP 5353 to itself, or the interface knows no multicast. ${WAY_ROUND}`,
  }));
  if (!echoed)
    return [
      ...checks,
      {
        name,
        state: 'bad',
        text: `${used}: what is announced does not get through${also}`,
        remedy: `Let UDP 5353 through the firewall of this machine, in and out. ${WAY_ROUND}`,
      },
    ];
  const relays = service.relays.length;
  const heard =
    relays === 0
      ? 'nobody else is heard'
      : `${relays} ${relays === 1 ? 'other host is' : 'other hosts are'} heard`;
  const text = `${used}: ${heard}${also}`;
  // Silence is what an empty network sounds like, and one that eats multicast.
  const remedy = `If a room should be here: a firewall or the access point may eat multicast (UDP 5353). ${WAY_ROUND}`;
  return [...checks, { name, state: 'good', text, ...(relays === 0 ? { remedy } : {}) }];
}
