import type { ChatClient } from '../client/api.ts';
import { relayNames } from '../client/relays/relay-names.ts';
import { roomNames } from '../client/words/room-names.ts';
import { jsonEvent, lineEvent, readyEvent, type JsonEvent, type ReadyEvent } from './json-events.ts';
import type { PipePrinter } from './pipe.ts';
import { defined } from '../shared/defined.ts';

/** Prints everything as one JSON object a line, by `write`. */
export function jsonPrinter(write: (event: JsonEvent) => void, client: ChatClient): PipePrinter {
  const ready = (event: ReadyEvent): JsonEvent => {
    const { info } = event;
    const room = roomNames([...client.listed(), info]).get(info.id) ?? info.title;
    return readyEvent(event, { room, relayName: relayNames(client.relays()).get(info.relay) });
  };
  return {
    event(event) {
      const line = event.type === 'ready' ? ready(event) : jsonEvent(event);
      if (line) write(line);
    },
    history(line) {
      const event = lineEvent(line, true);
      if (event) write(event);
    },
    answer: (text, id) => write({ event: 'notice', code: 'answer', ...defined({ id }), text }),
    refused(line, code, text) {
      if (line.ref === undefined) write({ event: 'error', code, text });
      else write({ event: 'failed', id: line.ref, code, text });
    },
  };
}
