import type { ChatClient } from '../client/api.ts';
import type { ClientLog } from '../client/client-log.ts';
import { defined } from '../shared/defined.ts';

/** Logs how a session is doing: states and reasons, never what is said, by whom, or where. */
export function logSession(client: ChatClient, log: ClientLog): void {
  const last = new Map<string, string>();
  client.subscribe((event) => {
    switch (event.type) {
      case 'relays':
        for (const { url, state, reason } of event.relays) {
          const now = `${state} ${reason ?? ''}`;
          if (last.get(url) === now) continue;
          last.set(url, now);
          log('relay', { url, state, ...defined({ reason }) });
        }
        for (const url of last.keys()) if (!event.relays.some((relay) => relay.url === url)) last.delete(url);
        break;
      case 'state':
        log('room', { state: event.state, ...defined({ reason: event.reason }) });
        break;
      case 'ready':
        log('ready', { seq: event.seq, members: event.members.length, via: event.info.via });
        break;
      case 'resumed':
        log('resumed', { from: event.from, to: event.to, complete: event.complete });
        break;
      case 'gap':
        log('gap', { from: event.from, to: event.to });
        break;
      case 'failed':
        log('failed', { code: event.code });
        break;
      case 'suspicious':
        log('suspicious', { what: event.what, count: event.count });
        break;
      default:
        break;
    }
  });
}
