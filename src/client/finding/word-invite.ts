import type { Clock } from '../../link/clock.ts';
import { meetingPlace } from '../../shared/crypto/invite-words.ts';
import { parseInvite, type Invite } from '../../shared/crypto/invite.ts';
import { refused, type ClientRefusal, type Result } from '../api.ts';
import { callHost } from '../calls/member-conversation.ts';
import type { Device } from '../profile/profile.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';

export interface FoundInvite {
  readonly invite: Invite;
  readonly relay: RelayConnection;
}

/**
 * Asks every one of these relays at once for whoever made the words, and takes the first invite. `no-such-room`: nobody
 * answers to them anywhere.
 */
export async function inviteOfWords(
  secret: Uint8Array,
  relays: readonly RelayConnection[],
  self: { readonly device: Device; readonly nick: string; readonly clock: Clock },
): Promise<Result<FoundInvite>> {
  const place = meetingPlace(secret);
  const calls = relays.map((relay) => call(relay, place, self));
  const found = await Promise.any(calls.map(async (each) => wanted(await each))).catch(() => undefined);
  if (found) return found;
  const refusals = await Promise.all(calls);
  return (
    refusals.find((refusal) => !refusal.ok && refusal.code !== 'no-such-room') ?? refused('no-such-room')
  );
}

function wanted(found: Result<FoundInvite>): Result<FoundInvite> {
  if (found.ok) return found;
  throw new Error(found.code);
}

function call(
  relay: RelayConnection,
  { room, signer, code }: ReturnType<typeof meetingPlace>,
  { device, nick, clock }: { readonly device: Device; readonly nick: string; readonly clock: Clock },
): Promise<Result<FoundInvite>> {
  return new Promise((resolve) => {
    const refuse = (code: ClientRefusal, retryMs = 0): void =>
      resolve({ ...refused(code), ...(retryMs > 0 ? { retryMs } : {}) });
    const conversation = callHost(relay, {
      room,
      host: signer.publicKey,
      code,
      device,
      clock,
      hello: () => ({ nick }),
      listener: {
        called: () => undefined,
        message: (message) => {
          const invite = message.t === 'invite' ? parseInvite(message.link) : undefined;
          conversation.hangUp();
          if (invite) resolve({ ok: true, value: { invite, relay } });
          else if (message.t === 'refused') refuse(message.code, message.retryMs);
          else refuse('protocol');
        },
        cast: () => undefined,
        ended: refuse,
      },
    });
  });
}
