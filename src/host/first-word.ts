import type { LinkReason } from '../link/link-state.ts';
import type { HostEvent } from './host-events.ts';

/** Why a room that was asked for is not open. */
export interface OpeningFailure {
  readonly code: LinkReason;
  readonly retryMs?: number;
}

/** Failures of a relay that end by themselves, as those of many who come back at once do. */
const passing: ReadonlySet<LinkReason> = new Set([
  'unreachable',
  'timeout',
  'draining',
  'too-many-connections',
  'too-fast',
  'login-timeout',
]);

/**
 * Resolves with what the first word of the relay, or its silence, means for a room that was asked for just now;
 * undefined: it is open, or somebody else hosts it and it will be when that ends; where one is `patient`, also when the
 * relay is there again.
 */
export function firstWord(
  on: (listener: (event: HostEvent) => void) => () => void,
  patient: boolean,
): Promise<OpeningFailure | undefined> {
  return new Promise((resolve) => {
    let ofRelay: OpeningFailure | undefined;
    const done = on((event) => {
      const failure = failureOf(event);
      if (!failure && event.type !== 'online' && event.type !== 'refused') return;
      // Without the relay the room may still be open on the local network.
      if (failure && 'via' in event && event.via === 'relay' && passing.has(failure.code)) {
        ofRelay = failure;
        return;
      }
      done();
      const waits = patient && failure !== undefined && passing.has(failure.code);
      resolve(waits ? undefined : failure && (ofRelay ?? failure));
    });
  });
}

function failureOf(event: HostEvent): OpeningFailure | undefined {
  if (event.type === 'stopped') return { code: event.code };
  if (event.type === 'offline') return { code: event.reason, retryMs: event.retryMs };
  if (event.type === 'refused' && event.code !== 'taken') return { code: event.code, retryMs: event.retryMs };
  return undefined;
}
