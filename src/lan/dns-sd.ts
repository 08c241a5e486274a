import type { Answer, Packet } from 'dns-packet';

/** DNS-SD service type (RFC 6763) of relays that a host runs. */
const SERVICE = '_chat-tui._tcp.local';

/** How long others believe an announcement; said again well before, so that a crash is noticed within 45 s. */
export const ANNOUNCE_TTL_S = 40;
export const ANNOUNCE_EVERY_MS = 13_000;

/** A relay as it is announced. The instance is a random name that says nothing about anybody. */
export interface Announced {
  readonly instance: string;
  readonly port: number;
}

/** One relay in somebody's packet; `ttl` 0 is a goodbye. */
export interface Heard extends Announced {
  /** Seconds. */
  readonly ttl: number;
}

/** Answers looked at in one packet. */
const MAX_ANSWERS = 64;
const instancePattern = /^ct-[a-z2-7]{16}$/;

export function newInstance(random: string): string {
  return `ct-${random}`;
}

/** The question every browser asks. */
export function question(): Packet {
  return { type: 'query', questions: [{ name: SERVICE, type: 'PTR' }] };
}

export function asksForUs(packet: Packet): boolean {
  const asked = (packet.questions ?? []).slice(0, MAX_ANSWERS);
  return asked.some(({ name, type }) => name.toLowerCase() === SERVICE && type === 'PTR');
}

/** PTR, SRV, TXT and address records; `addresses` are those it goes out with. */
export function announcement(relay: Announced, addresses: readonly string[], ttl: number): Packet {
  const name = `${relay.instance}.${SERVICE}`;
  const target = `${relay.instance}.local`;
  return {
    type: 'response',
    answers: [
      { name: SERVICE, type: 'PTR', ttl, data: name },
      { name, type: 'SRV', ttl, data: { port: relay.port, target, priority: 0, weight: 0 } },
      { name, type: 'TXT', ttl, data: ['v=1'] },
      ...addresses.map((data): Answer => ({
        name: target,
        type: data.includes(':') ? 'AAAA' : 'A',
        ttl,
        data,
      })),
    ],
  };
}

/**
 * The relays a packet from `source` announces. A relay counts only with an address record for the very address the
 * packet came from: nobody can send others to a third party.
 */
export function heardIn(packet: Packet, source: string): readonly Heard[] {
  if (packet.type !== 'response') return [];
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])].slice(0, MAX_ANSWERS);
  const heard: Heard[] = [];
  for (const record of records) {
    if (record.type !== 'SRV') continue;
    const name = record.name.toLowerCase();
    const instance = name.slice(0, -(SERVICE.length + 1));
    if (!name.endsWith(`.${SERVICE}`) || !instancePattern.test(instance)) continue;
    const { port, target } = record.data;
    const reachable = records.some(
      (other) =>
        (other.type === 'A' || other.type === 'AAAA') &&
        other.name.toLowerCase() === target.toLowerCase() &&
        sameAddress(other.data, source),
    );
    if (port < 1 || port > 65_535 || !reachable || heard.some((known) => known.instance === instance))
      continue;
    heard.push({ instance, port, ttl: Math.min(Math.max(0, record.ttl ?? 0), 2 * ANNOUNCE_TTL_S) });
  }
  return heard;
}

/** `source` may have a scope behind it. */
function sameAddress(told: string, source: string): boolean {
  const [address = ''] = source.split('%');
  return told === address || (address.includes(':') && canonical(told) === canonical(address));
}

function canonical(v6: string): string | undefined {
  const url = `ws://[${v6}]`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
