import { parseRelayAddress } from '../../link/relay-url.ts';
import { formatInvite, inviteRelayUrl, looksLikeInvite, parseInvite } from '../../shared/crypto/invite.ts';
import { parseWords } from '../../shared/crypto/invite-words.ts';
import type { RoomInfo } from '../session-events.ts';

/** The link to a room, without the join code, which only its host knows. Undefined when its relay has no address. */
export function roomInvite({ relay, id, host }: Pick<RoomInfo, 'relay' | 'id' | 'host'>): string | undefined {
  const address = parseRelayAddress(relay);
  return address && formatInvite({ ...address, room: id, key: host });
}

/** Hosts that name the machine itself: an invite with one is of no use elsewhere. */
export function isThisMachine(invite: string): boolean {
  return /^tcs?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])[:/]/i.test(invite);
}

/** A link or spoken words, whole or not: nothing to repeat on a screen. */
export function isInvite(target: string): boolean {
  return looksLikeInvite(target) || parseWords(target) !== undefined;
}

/** URL of the relay that a link names. */
export function relayOfInvite(link: string): string | undefined {
  const invite = parseInvite(link);
  return invite && inviteRelayUrl(invite);
}
