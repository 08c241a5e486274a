import type { Clock } from '../../link/clock.ts';
import { meetingPlace } from '../../shared/crypto/invite-words.ts';
import { parseInvite, type Invite } from '../../shared/crypto/invite.ts';
import type { ClientRefusal } from '../api.ts';
import { callHost } from '../calls/member-conversation.ts';
import type { Device } from '../profile/profile.ts';
import type { RelayConnection } from '../relays/relay-connection.ts';

export type FoundInvite =
  | { readonly ok: true; readonly value: { readonly invite: Invite; readonly relay: RelayConnection } }
  | {
      readonly ok: false;
      readonly code: ClientRefusal;
      readonly retryMs?: number;
      readonly names?: readonly string[];
    };

/**
 * Asks every one of these relays at once for whoever made the words, and takes the first invite. `no-such-room`: nobody
 * answers to them anywhere.
 */
export async function inviteOfWords(
  secret: Uint8Array,
  relays: readonly RelayConnection[],
  self: { readonly device: Device; readonly nick: string; readonly clock: Clock },
): Promise<FoundInvite> {
  const place = meetingPlace(secret);
  const calls = relays.map((relay) => call(relay, place, self));
  const found = await Promise.any(calls.map(async (each) => wanted(await each))).catch(() => undefined);
  if (found) return found;
  const refusals = await Promise.all(calls);
  return refusals.find((refusal) => !refusal.ok && refusal.code !== 'no-such-room') ?? nowhere;
}

const nowhere = { ok: false, code: 'no-such-room' } as const;

function wanted(found: FoundInvite): FoundInvite {
  if (found.ok) return found;
  throw new Error(found.code);
}

function call(
  relay: RelayConnection,
  { room, signer, code }: ReturnType<typeof meetingPlace>,
  { device, nick, clock }: { readonly device: Device; readonly nick: string; readonly clock: Clock },
): Promise<FoundInvite> {
  return new Promise((resolve) => {
    const refuse = (refusal: ClientRefusal, retryMs = 0): void =>
      resolve({ ok: false, code: refusal, ...(retryMs > 0 ? { retryMs } : {}) });
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
