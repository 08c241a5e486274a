import type { Clock } from '../../link/clock.ts';

/** Why a question has no answer; `host-away` also where it could not be sent. */
export type Unanswered = 'host-away' | 'timeout';

interface Question<Answer> {
  readonly answered: (answer: Answer) => void;
  readonly abandoned: () => void;
}

/** Questions that are answered by their numbers: each is over once, by its answer, by time, or when nobody is there. */
export class OpenQuestions<Answer> {
  readonly #clock: Clock;
  readonly #open = new Map<number, Question<Answer>>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `take` makes the value of what comes; undefined while more is to come. */
  ask<Value>(
    ms: number,
    send: (rid: number) => boolean,
    take: (answer: Answer) => Value | undefined,
  ): Promise<Value | Unanswered> {
    const rid = ++this.#last;
    if (!send(rid)) return Promise.resolve('host-away');
    return new Promise((resolve) => {
      const settle = (value: Value | Unanswered): void => {
        this.#open.delete(rid);
        cancel();
        resolve(value);
      };
      const cancel = this.#clock.after(ms, () => settle('timeout'));
      this.#open.set(rid, {
        answered: (answer) => {
          const value = take(answer);
          if (value !== undefined) settle(value);
        },
        abandoned: () => settle('host-away'),
      });
    });
  }

  answered(rid: number, answer: Answer): void {
    this.#open.get(rid)?.answered(answer);
  }

  /** Whoever was asked is gone. */
  abandon(): void {
    for (const { abandoned } of this.#open.values()) abandoned();
  }
}
