import { assertNever, type RefusalCode } from '../shared/errors.ts';
import { PING_MS, RECONNECT_MAX_MS, RECONNECT_MIN_MS, SECOND, SILENCE_MS } from '../shared/limits.ts';
import { closeCodes } from '../shared/wire/close-codes.ts';

/** Why a link is not online: what the relay said, or that it could not be reached. */
export type LinkReason = RefusalCode | 'unreachable' | 'timeout';

/** From dialling to the relay's `hello`. */
export const ATTEMPT_MS = 10 * SECOND;
/** A connection that lasted less than this counts as another failure: a relay that accepts and drops is not hammered. */
export const STABLE_MS = 10 * SECOND;

/** `failures` in a row; `wasOnline` once it was online at all. */
interface Course {
  readonly failures: number;
  readonly wasOnline: boolean;
}

export type LinkPhase =
  | { readonly phase: 'new' }
  | (Course & { readonly phase: 'dialling' | 'greeting' | 'login' })
  | (Course & { readonly phase: 'online'; readonly since: number })
  | (Course & { readonly phase: 'waiting'; readonly reason: LinkReason; readonly retryMs: number })
  /** `code` is absent when it was closed from here. */
  | { readonly phase: 'closed'; readonly code?: RefusalCode };

/** `random` is in [0, 1), `now` monotonic ms. */
export type LinkInput =
  | { readonly type: 'open' | 'retry' | 'opened' | 'challenged' | 'close' }
  | { readonly type: 'welcomed'; readonly now: number }
  | {
      readonly type: 'lost';
      readonly reason: LinkReason;
      readonly retryMs?: number;
      readonly now: number;
      readonly random: number;
    };

/** Refusals that trying again cannot mend: somebody has to decide something first. */
const finalCodes: ReadonlySet<LinkReason> = new Set<LinkReason>([
  'login-failed',
  'signed-in-elsewhere',
  'unsupported-version',
]);

/** The next phase; an input that makes no sense in a phase leaves it as it is. */
export function nextPhase(state: LinkPhase, input: LinkInput): LinkPhase {
  if (state.phase === 'closed') return state;
  switch (input.type) {
    case 'open':
      return state.phase === 'new' ? { phase: 'dialling', failures: 0, wasOnline: false } : state;
    case 'retry':
      return state.phase === 'waiting' ? { ...course(state), phase: 'dialling' } : state;
    case 'opened':
      return state.phase === 'dialling' ? { ...state, phase: 'greeting' } : state;
    case 'challenged':
      return state.phase === 'greeting' ? { ...state, phase: 'login' } : state;
    case 'welcomed':
      return state.phase === 'login'
        ? { phase: 'online', failures: state.failures, wasOnline: true, since: input.now }
        : state;
    case 'lost': {
      if (state.phase === 'new' || state.phase === 'waiting') return state;
      if (isFinal(input.reason)) return { phase: 'closed', code: input.reason };
      const stable = state.phase === 'online' && input.now - state.since >= STABLE_MS;
      const failures = stable ? 0 : state.failures;
      const retryMs = Math.max(input.retryMs ?? 0, backoffMs(failures, input.random));
      return {
        phase: 'waiting',
        failures: failures + 1,
        wasOnline: state.wasOnline,
        reason: input.reason,
        retryMs,
      };
    }
    case 'close':
      return { phase: 'closed' };
    default:
      return assertNever(input);
  }
}

/** Full jitter below a cap that doubles from 0.5 to 30 s. */
export function backoffMs(failures: number, random: number): number {
  return Math.round(random * Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** failures));
}

/** What `quietMs` without a byte from the relay calls for. */
export function silence(quietMs: number): 'fine' | 'ping' | 'dead' {
  if (quietMs >= SILENCE_MS) return 'dead';
  return quietMs >= PING_MS ? 'ping' : 'fine';
}

/** What a relay means by the code it closed with. */
export function closeReason(code: number): LinkReason {
  switch (code) {
    case closeCodes.goingAway:
      return 'draining';
    case closeCodes.protocolError:
    case closeCodes.unsupportedData:
      return 'protocol';
    case closeCodes.tooBig:
      return 'too-large';
    case closeCodes.internal:
      return 'internal';
    case closeCodes.loginTimeout:
      return 'login-timeout';
    case closeCodes.loginFailed:
      return 'login-failed';
    case closeCodes.signedInElsewhere:
      return 'signed-in-elsewhere';
    case closeCodes.tooFast:
      return 'too-fast';
    case closeCodes.slowConsumer:
      return 'slow-consumer';
    case closeCodes.tooManyConnections:
      return 'too-many-connections';
    case closeCodes.refused:
      return 'relay-banned';
    default:
      return 'unreachable';
  }
}

function isFinal(reason: LinkReason): reason is RefusalCode {
  return finalCodes.has(reason);
}

function course({ failures, wasOnline }: Course): Course {
  return { failures, wasOnline };
}
