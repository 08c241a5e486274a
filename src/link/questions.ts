import type { RefusalCode } from '../shared/errors.ts';
import { SECOND } from '../shared/limits.ts';
import type { Question, Reply, ReplyOf, Request } from '../shared/wire/control.ts';
import type { Clock } from './clock.ts';
import { defined } from '../shared/defined.ts';

/** Unanswered requests of one link. */
export const MAX_QUESTIONS = 64;
export const QUESTION_MS = 10 * SECOND;

/** What answers each request unless it is refused. */
const answers = {
  login: 'hello',
  watch: 'listing',
  unwatch: 'ok',
  'open-room': 'room-opened',
  renew: 'ok',
  update: 'ok',
  'close-room': 'ok',
  dial: 'dialled',
  'put-prekey': 'ok',
  'get-prekey': 'prekey',
  'put-mail': 'mail-stored',
  block: 'ok',
  unblock: 'ok',
  'claim-name': 'ok',
  lookup: 'name-found',
  'search-names': 'names',
  'release-name': 'ok',
  'put-backup': 'ok',
  'ask-backup': 'backup-challenge',
  'get-backup': 'backup',
  ping: 'pong',
} as const satisfies Record<Question['t'], Reply['t']>;

export type QuestionName = Question['t'];
/** A question as it is asked: the link adds the `rid`. */
export type AnyQuestion = {
  readonly [Name in QuestionName]: Omit<Extract<Question, { t: Name }>, 'rid'>;
}[QuestionName];
export type AnswerTo<Name extends QuestionName> = ReplyOf<(typeof answers)[Name]>;
/** A request without an answer. */
export type Statement = Exclude<Request, Question>;

/** Instead of an answer: the relay refused, or the connection could not carry the question. */
export interface Refused {
  readonly t: 'refused';
  readonly code: RefusalCode | 'unreachable' | 'timeout';
  readonly retryMs?: number;
  readonly limit?: number;
}

interface Pending {
  readonly expected: Reply['t'];
  readonly settle: (outcome: Reply | Refused) => void;
  readonly cancelTimer: () => void;
}

/** The unanswered requests of one link, bounded in number and in time. */
export class OpenQuestions {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #lastRid = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The `rid` to send it with, or undefined when too many are open. `settle` is called exactly once, synchronously. */
  add(name: QuestionName, settle: (outcome: Reply | Refused) => void): number | undefined {
    if (this.#pending.size >= MAX_QUESTIONS) return undefined;
    this.#lastRid = (this.#lastRid % 0xffff_ffff) + 1;
    const rid = this.#lastRid;
    const cancelTimer = this.#clock.after(QUESTION_MS, () => {
      this.#take(rid)?.settle({ t: 'refused', code: 'timeout' });
    });
    this.#pending.set(rid, { expected: answers[name], settle, cancelTimer });
    return rid;
  }

  /** Answers that nobody waits for any more are dropped. */
  answer(rid: number, reply: Reply): void {
    const pending = this.#take(rid);
    if (!pending) return;
    if (reply.t === pending.expected) {
      pending.settle(reply);
    } else if (reply.t === 'error') {
      const { code, retryMs, limit } = reply;
      pending.settle({
        t: 'refused',
        code,
        ...defined({ retryMs, limit }),
      });
    } else {
      pending.settle({ t: 'refused', code: 'protocol' });
    }
  }

  refuseAll(code: Refused['code']): void {
    for (const rid of this.#pending.keys()) this.#take(rid)?.settle({ t: 'refused', code });
  }

  #take(rid: number): Pending | undefined {
    const pending = this.#pending.get(rid);
    if (!pending) return undefined;
    this.#pending.delete(rid);
    pending.cancelTimer();
    return pending;
  }
}

export function isAnswer<Name extends QuestionName>(
  name: Name,
  outcome: Reply | Refused,
): outcome is AnswerTo<Name> {
  return outcome.t === answers[name];
}
