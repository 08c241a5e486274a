import type { ChatClient } from '../client/api.ts';
import { sentence } from '../client/words.ts';
import { jsonEvent, lineEvent, type JsonEvent } from './json-events.ts';
import type { PipePrinter } from './pipe.ts';

/** Prints everything as one JSON object a line, by `write`. */
export function jsonPrinter(write: (event: JsonEvent) => void, client: ChatClient): PipePrinter {
  return {
    event(event) {
      const name = event.type === 'ready' ? roomName(client, event.info) : '';
      const line = jsonEvent(event, { name, sentence });
      if (line) write(line);
    },
    history(line) {
      const event = lineEvent(line, true);
      if (event) write(event);
    },
    answer: (text) => write({ event: 'notice', code: 'answer', text }),
    refused(line, code, text) {
      if (line.ref === undefined) write({ event: 'error', code, text });
      else write({ event: 'failed', id: line.ref, code, text });
    },
  };
}

/** The title while one room in reach has it, else title and key tag. */
export function roomName(client: ChatClient, room: { id: string; title: string; tag: string }): string {
  const namesakes = client.listed().some((other) => other.id !== room.id && other.title === room.title);
  return namesakes ? `${room.title}~${room.tag}` : room.title;
}
