import { parseRelayAddress } from '../../src/link/relay-url.ts';
import { formatInvite, parseInvite } from '../../src/shared/crypto/invite.ts';

/** The same room by another way to its relay. */
export function inviteBy(invite: string, relayUrl: string): string {
  const parsed = parseInvite(invite);
  const address = parseRelayAddress(relayUrl);
  if (!parsed || !address) throw new Error(`no way to ${invite} by ${relayUrl}`);
  const { tls, host, port } = address;
  return formatInvite({ ...parsed, tls, host, port });
}
