import type { Clock } from '../link/clock.ts';
import { parseInvite } from '../shared/crypto/invite.ts';
import { formatWords } from '../shared/crypto/invite-words.ts';
import { identityKey, type IdentityKey } from '../shared/ids.ts';
import { SECOND } from '../shared/limits.ts';
import type { HostMessageOf, MemberMessage } from '../shared/room/messages.ts';
import type { InviteOptions, IssuedInvite, MadeInvite, Result } from './api.ts';
import type { Person, RoomInfo } from './session-events.ts';

/** A host asks its relay before it answers with words. */
const TIMEOUT_MS = 15 * SECOND;

type Answer = HostMessageOf<'invited'> | HostMessageOf<'invites'>;
type Question = Extract<MemberMessage, { t: 'invite' | 'invites' }>;

/** Asks a host for invites into its room. */
export class InviteQuestions {
  readonly #clock: Clock;
  readonly #open = new Map<number, (answer: Answer | 'host-away' | 'timeout') => void>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async make(
    room: Pick<RoomInfo, 'id' | 'host'>,
    { once = false, words = false, ms }: InviteOptions,
    send: (question: Question) => boolean,
  ): Promise<Result<MadeInvite>> {
    const rid = ++this.#last;
    const question = { t: 'invite', rid, once, words, ...(ms === undefined ? {} : { ms }) } as const;
    const answer = await this.#ask(rid, () => send(question));
    if (typeof answer === 'string') return { ok: false, code: answer };
    if (answer.t !== 'invited') return { ok: false, code: 'protocol' };
    const { code, limit, link = '' } = answer;
    if (code !== undefined) return { ok: false, code, ...(limit === undefined ? {} : { limit }) };
    const invite = parseInvite(link);
    if (invite?.room !== room.id || invite.key !== room.host) return { ok: false, code: 'protocol' };
    return {
      ok: true,
      value: {
        link,
        ...(answer.n === undefined ? {} : { n: answer.n }),
        ...(answer.words === undefined ? {} : { words: formatWords(answer.words) }),
        ...(answer.ms === undefined ? {} : { ms: answer.ms }),
      },
    };
  }

  /** Those that were made, after `revoke` has been taken back. */
  async list(
    revoke: number | undefined,
    personOf: (key: IdentityKey) => Person,
    send: (question: Question) => boolean,
  ): Promise<Result<readonly IssuedInvite[]>> {
    const rid = ++this.#last;
    const question = { t: 'invites', rid, ...(revoke === undefined ? {} : { revoke }) } as const;
    const answer = await this.#ask(rid, () => send(question));
    if (typeof answer === 'string') return { ok: false, code: answer };
    if (answer.t !== 'invites') return { ok: false, code: 'protocol' };
    if (answer.code !== undefined) return { ok: false, code: answer.code };
    const shown = answer.invites.map(({ by, usedBy, ...rest }) => ({
      ...rest,
      by: personOf(identityKey(by)),
      ...(usedBy === undefined ? {} : { usedBy: personOf(identityKey(usedBy)) }),
    }));
    return { ok: true, value: shown };
  }

  answered(answer: Answer): void {
    this.#open.get(answer.rid)?.(answer);
  }

  /** Whoever was asked is gone. */
  abandon(): void {
    for (const settle of this.#open.values()) settle('host-away');
  }

  #ask(rid: number, send: () => boolean): Promise<Answer | 'host-away' | 'timeout'> {
    if (!send()) return Promise.resolve('host-away');
    return new Promise((resolve) => {
      const settle = (answer: Answer | 'host-away' | 'timeout'): void => {
        this.#open.delete(rid);
        cancel();
        resolve(answer);
      };
      const cancel = this.#clock.after(TIMEOUT_MS, () => settle('timeout'));
      this.#open.set(rid, settle);
    });
  }
}
