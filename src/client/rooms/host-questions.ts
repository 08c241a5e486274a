import type { Clock } from '../../link/clock.ts';
import { parseInvite } from '../../shared/crypto/invite.ts';
import { formatWords } from '../../shared/crypto/invite-words.ts';
import { keyTag } from '../../shared/crypto/sign.ts';
import { identityKey, type IdentityKey, type RoomId } from '../../shared/ids.ts';
import { MAX_SANCTIONS, SECOND } from '../../shared/limits.ts';
import type { HostMessageOf, MemberMessage, WireBan } from '../../shared/room/messages.ts';
import { cleanNick, sanitizeLine } from '../../shared/text.ts';
import {
  refused,
  type BanInfo,
  type InviteOptions,
  type IssuedInvite,
  type MadeInvite,
  type Result,
} from '../api.ts';
import { OpenQuestions } from './open-questions.ts';
import type { Person } from '../session-events.ts';
import { defined } from '../../shared/defined.ts';

const PING_MS = 5 * SECOND;
const BANS_MS = 5 * SECOND;
/** A host asks its relay before it answers with words. */
const INVITE_MS = 15 * SECOND;

export type HostAnswer = HostMessageOf<'pong' | 'bans' | 'invited' | 'invites'>;
export type HostQuestion = Extract<MemberMessage, { t: 'ping' | 'bans' | 'invite' | 'invites' }>;

type WithoutRid<Question> = Question extends unknown ? Omit<Question, 'rid'> : never;
type Unnumbered = WithoutRid<HostQuestion>;

export interface HostQuestionsParts {
  readonly clock: Clock;
  /** False when the host is not there. */
  readonly send: (question: HostQuestion) => boolean;
  readonly room: RoomId;
  readonly host: IdentityKey;
  readonly personOf: (key: IdentityKey) => Person;
}

/** What a member asks its host for: how far it is, whom the room keeps out, invites. */
export class HostQuestions {
  readonly #parts: HostQuestionsParts;
  readonly #open: OpenQuestions<HostAnswer>;

  constructor(parts: HostQuestionsParts) {
    this.#parts = parts;
    this.#open = new OpenQuestions(parts.clock);
  }

  /** The round trip in ms; undefined without an answer. */
  async ping(): Promise<number | undefined> {
    const { clock } = this.#parts;
    const start = clock.now();
    const ms = await this.#ask(PING_MS, { t: 'ping' }, 'pong', () => ({
      ok: true,
      value: Math.round((clock.now() - start) * 10) / 10,
    }));
    return ms.ok ? ms.value : undefined;
  }

  bans(): Promise<Result<readonly BanInfo[]>> {
    const bans: BanInfo[] = [];
    return this.#ask(BANS_MS, { t: 'bans' }, 'bans', (answer) => {
      if (answer.code !== undefined) return refused(answer.code);
      const taken = answer.bans.slice(0, MAX_SANCTIONS - bans.length);
      bans.push(...taken.map((ban) => this.#banInfo(ban)));
      return answer.last ? { ok: true, value: bans } : undefined;
    });
  }

  invite({ once = false, words = false, ms }: InviteOptions): Promise<Result<MadeInvite>> {
    const wanted = { t: 'invite', once, words, ...defined({ ms }) } as const;
    return this.#ask(INVITE_MS, wanted, 'invited', (answer) => madeInvite(answer, this.#parts));
  }

  /** Those that were made, after `revoke` has been taken back. */
  invites(revoke?: number): Promise<Result<readonly IssuedInvite[]>> {
    const wanted = { t: 'invites', ...defined({ revoke }) } as const;
    return this.#ask(INVITE_MS, wanted, 'invites', (answer) => {
      if (answer.code !== undefined) return refused(answer.code);
      return { ok: true, value: answer.invites.map((invite) => this.#issuedInvite(invite)) };
    });
  }

  answered(answer: HostAnswer): void {
    this.#open.answered(answer.rid, answer);
  }

  /** The host is gone: nothing is answered any more. */
  abandon(): void {
    this.#open.abandon();
  }

  /** `take` makes the result of an answer of that name; undefined while more is to come. */
  async #ask<Name extends HostAnswer['t'], Value>(
    ms: number,
    question: Unnumbered,
    name: Name,
    take: (answer: HostMessageOf<Name>) => Result<Value> | undefined,
  ): Promise<Result<Value>> {
    const told = await this.#open.ask(
      ms,
      (rid) => this.#parts.send({ ...question, rid }),
      (answer) => (isNamed(answer, name) ? take(answer) : refused('protocol')),
    );
    return typeof told === 'string' ? refused(told) : told;
  }

  #banInfo({ key, nick, by, ms, reason }: WireBan): BanInfo {
    const tag = keyTag(key);
    const shown = sanitizeLine(reason ?? '').trim();
    return {
      key: identityKey(key),
      tag,
      nick: cleanNick(nick) ?? tag,
      by: this.#parts.personOf(identityKey(by)),
      ...defined({ ms }),
      ...(shown === '' ? {} : { reason: shown }),
    };
  }

  #issuedInvite({ by, usedBy, ...rest }: HostMessageOf<'invites'>['invites'][number]): IssuedInvite {
    const { personOf } = this.#parts;
    return {
      ...rest,
      by: personOf(identityKey(by)),
      ...(usedBy === undefined ? {} : { usedBy: personOf(identityKey(usedBy)) }),
    };
  }
}

function isNamed<Name extends HostAnswer['t']>(
  answer: HostAnswer,
  name: Name,
): answer is HostMessageOf<Name> {
  return answer.t === name;
}

function madeInvite(
  { code, limit, link = '', n, words, ms }: HostMessageOf<'invited'>,
  { room, host }: Pick<HostQuestionsParts, 'room' | 'host'>,
): Result<MadeInvite> {
  if (code !== undefined) return { ok: false, code, ...defined({ limit }) };
  const invite = parseInvite(link);
  // A link that leads elsewhere would send whoever follows it there in this room's name.
  if (invite?.room !== room || invite.key !== host) return refused('protocol');
  return {
    ok: true,
    value: {
      link,
      ...defined({ n }),
      ...(words === undefined ? {} : { words: formatWords(words) }),
      ...defined({ ms }),
    },
  };
}
