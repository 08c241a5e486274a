import type { ChatClient } from '../client/api.ts';
import { relayNames } from '../client/relays/relay-names.ts';
import { roomNames } from '../client/words/room-names.ts';
import type { RoomInfo } from '../client/session-events.ts';
import { sentence } from '../client/words/refusal-words.ts';
import { jsonEvent, lineEvent, type JsonEvent } from './json-events.ts';
import type { PipePrinter } from './pipe.ts';

/** Prints everything as one JSON object a line, by `write`. */
export function jsonPrinter(write: (event: JsonEvent) => void, client: ChatClient): PipePrinter {
  const nameOf = (info: RoomInfo): string => roomNames([...client.listed(), info]).get(info.id) ?? info.title;
  return {
    event(event) {
      const name = event.type === 'ready' ? nameOf(event.info) : '';
      const relay = event.type === 'ready' ? event.info.relay : '';
      const relayName = relayNames(client.relays()).get(relay);
      const line = jsonEvent(event, { name, relayName, sentence });
      if (line) write(line);
    },
    history(line) {
      const event = lineEvent(line, true);
      if (event) write(event);
    },
    answer: (text, id) =>
      write({ event: 'notice', code: 'answer', ...(id === undefined ? {} : { id }), text }),
    refused(line, code, text) {
      if (line.ref === undefined) write({ event: 'error', code, text });
      else write({ event: 'failed', id: line.ref, code, text });
    },
  };
}
