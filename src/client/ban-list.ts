import type { Clock } from '../link/clock.ts';
import { keyTag } from '../shared/crypto/sign.ts';
import { identityKey, type IdentityKey } from '../shared/ids.ts';
import { MAX_SANCTIONS, SECOND } from '../shared/limits.ts';
import type { HostMessageOf } from '../shared/room/messages.ts';
import { cleanNick, sanitizeLine } from '../shared/text.ts';
import type { BanInfo, Result } from './api.ts';
import type { Person } from './session-events.ts';

const TIMEOUT_MS = 5 * SECOND;

interface Question {
  readonly bans: BanInfo[];
  readonly settle: (result: Result<readonly BanInfo[]>) => void;
}

/** Asks a host whom its room keeps out. */
export class BanListQuestions {
  readonly #clock: Clock;
  readonly #open = new Map<number, Question>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask(send: (rid: number) => boolean): Promise<Result<readonly BanInfo[]>> {
    const rid = ++this.#last;
    if (!send(rid)) return Promise.resolve({ ok: false, code: 'host-away' });
    return new Promise((resolve) => {
      const settle = (result: Result<readonly BanInfo[]>): void => {
        this.#open.delete(rid);
        cancel();
        resolve(result);
      };
      const cancel = this.#clock.after(TIMEOUT_MS, () => settle({ ok: false, code: 'timeout' }));
      this.#open.set(rid, { bans: [], settle });
    });
  }

  answered({ rid, code, bans, last }: HostMessageOf<'bans'>, personOf: (key: IdentityKey) => Person): void {
    const question = this.#open.get(rid);
    if (!question) return;
    if (code !== undefined) return question.settle({ ok: false, code });
    for (const { key, nick, by, ms, reason } of bans.slice(0, MAX_SANCTIONS - question.bans.length)) {
      const tag = keyTag(key);
      const shown = sanitizeLine(reason ?? '').trim();
      question.bans.push({
        key: identityKey(key),
        tag,
        nick: cleanNick(nick) ?? tag,
        by: personOf(identityKey(by)),
        ...(ms === undefined ? {} : { ms }),
        ...(shown === '' ? {} : { reason: shown }),
      });
    }
    if (last) question.settle({ ok: true, value: question.bans });
  }

  /** Whoever was asked is gone. */
  abandon(): void {
    for (const { settle } of this.#open.values()) settle({ ok: false, code: 'host-away' });
  }
}
