import { actFields, changeFields, lineFields } from '../client/saving/line-fields.ts';
import type { ClientEvent, Person, RoomLine, RoomSessionEvent } from '../client/session-events.ts';
import { plainSentence } from '../client/words/plain-words.ts';
import { changedKeyWords, expiredWords, suspicionWords } from '../client/words/state-words.ts';
import { assertNever } from '../shared/errors.ts';
import { defined } from '../shared/defined.ts';

/** A JSON line without the `at` that the writer adds. */
export type JsonEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

export type ReadyEvent = Extract<RoomSessionEvent, { type: 'ready' }>;
type WhisperStateEvent = Extract<ClientEvent, { type: 'whisper-state' }>;

/** `room` is how the room is called here, `relayName` how `/relay` calls its relay. */
export function readyEvent(
  { info, me, log, seq, members }: ReadyEvent,
  { room, relayName }: { readonly room: string; readonly relayName: string | undefined },
): JsonEvent {
  return {
    event: 'ready',
    room,
    roomId: info.id,
    title: info.title,
    nick: me.nick,
    key: me.key,
    role: me.role,
    via: info.via,
    relay: info.relay,
    ...defined({ relayName }),
    log,
    seq,
    members: members.map(({ nick, key, role, presence, via }) => ({
      nick,
      key,
      role,
      presence,
      ...defined({ via }),
    })),
    ...(info.rules?.motd ? { motd: info.rules.motd } : {}),
  };
}

/** A sequenced or archived line; undefined for what programs are told otherwise. */
export function lineEvent(line: RoomLine, history: boolean): JsonEvent | undefined {
  const seq = defined({ seq: line.seq });
  const sentAt = new Date(line.sentAt).toISOString();
  switch (line.kind) {
    case 'text':
    case 'me':
      return {
        event: 'message',
        ...seq,
        id: line.id,
        ...named(line.by),
        kind: line.kind,
        text: line.text,
        ...lineFields(line),
        sentAt,
        history,
      };
    case 'opened':
      return line.topic === '' ? undefined : { event: 'topic', ...seq, ...named(line.by), topic: line.topic };
    case 'topic':
      return { event: 'topic', ...seq, ...named(line.by), topic: line.topic };
    case 'nick':
      return { event: 'nick', ...seq, nick: line.nick, key: line.by.key, was: line.was };
    case 'join':
      return { event: 'join', ...seq, ...named(line.who), role: line.role };
    case 'leave':
      return { event: 'leave', ...seq, ...named(line.who), ...(line.reason ? { reason: line.reason } : {}) };
    default: {
      const { event, ...fields } = actFields(line);
      return { event, ...seq, ...fields };
    }
  }
}

/** What a pipe prints for a session's event; undefined where programs are told nothing. `ready` says more than the event does. */
export function jsonEvent(event: Exclude<ClientEvent | RoomSessionEvent, ReadyEvent>): JsonEvent | undefined {
  switch (event.type) {
    case 'line':
      return lineEvent(event.line, event.history);
    case 'changed': {
      const { event: name, ...fields } = changeFields(event.change);
      return { event: name, seq: event.seq, ...fields, history: event.history };
    }
    case 'sent':
      return { event: 'sent', id: event.ref ?? event.id, seq: event.seq };
    case 'failed':
      return {
        event: 'failed',
        id: event.ref ?? event.id,
        code: event.code,
        text: plainSentence(event.code, event),
      };
    case 'state':
      return { event: 'state', state: event.state, ...(event.reason ? { reason: event.reason } : {}) };
    case 'presence':
      return {
        event: 'presence',
        ...named(event.who),
        presence: event.presence,
        ...(event.status ? { status: event.status } : {}),
        ...(event.via ? { via: event.via } : {}),
      };
    case 'gap':
      return { event: 'gap', from: event.from, to: event.to };
    case 'resumed':
      return {
        event: 'resumed',
        from: event.from,
        to: event.to,
        complete: event.complete,
        ...(event.reason ? { reason: event.reason } : {}),
      };
    case 'removed':
      return {
        event: 'error',
        code: event.code,
        text: plainSentence(event.code, event),
        ...defined({ reason: event.reason }),
      };
    case 'suspicious':
      return {
        event: 'notice',
        code: 'suspicious',
        text: suspicionWords(event.what, event.count),
      };
    case 'terms':
      return {
        event: 'terms',
        relay: event.relay,
        ...defined({ name: event.name }),
        text: event.text,
      };
    case 'archive-failed':
      return { event: 'notice', code: event.type, text: event.text };
    case 'signed-in-elsewhere':
      return { event: 'error', code: event.type, text: plainSentence(event.type) };
    case 'whisper': {
      const { whisper } = event;
      if (whisper.mine) return undefined;
      const sentAt = new Date(whisper.sentAt).toISOString();
      return {
        event: 'whisper',
        id: whisper.id,
        ...named(whisper.with),
        text: whisper.text,
        sentAt,
        ...(whisper.gap ? { gap: true } : {}),
        ...(whisper.stranger ? { stranger: true } : {}),
      };
    }
    case 'whisper-state':
      return whisperStateEvent(event);
    case 'changed-key':
      return {
        event: 'notice',
        code: 'changed-key',
        ...named(event.who),
        text: changedKeyWords(event),
      };
    case 'people':
    case 'hidden':
    case 'echo':
    case 'members':
    case 'typing':
    case 'info':
    case 'progress':
    case 'calling':
    case 'relays':
    case 'rooms':
    case 'nick':
      return undefined;
    default:
      return assertNever(event);
  }
}

function whisperStateEvent(event: WhisperStateEvent): JsonEvent | undefined {
  const id = event.ref ?? event.id;
  switch (event.state) {
    case 'waiting':
      return undefined;
    case 'stored':
    case 'delivered':
      return { event: `whisper-${event.state}`, id };
    case 'refused':
    case 'expired':
      return { event: 'whisper-failed', id, state: event.state, ...whyFailed(event) };
  }
}

function whyFailed({ code, nick, state }: WhisperStateEvent): { code?: string; text?: string } {
  if (code) return { code, text: plainSentence(code, defined({ name: nick })) };
  return state === 'expired' ? { text: expiredWords } : {};
}

function named(person: Person): { nick: string; key: string } {
  return { nick: person.nick, key: person.key };
}
