import { assertNever } from '../../shared/errors.ts';
import type { NoticeLine, SaidLine } from '../words/line-words.ts';
import type { LineChange, Person } from '../session-events.ts';

type Fields = Readonly<Record<string, unknown>>;
type Act = Exclude<NoticeLine, { readonly kind: 'opened' | 'topic' | 'nick' | 'join' | 'leave' }>;

/** What `pipe --json` and saved JSON say of a line besides its text; nothing for a plain one. */
export function lineFields({ re, quoted, edited, deleted, reactions }: SaidLine): Fields {
  return {
    ...(re ? { re: { key: re.author, id: re.id, nick: quoted?.by.nick, text: quoted?.text } } : {}),
    ...(edited ? { edited } : {}),
    ...(deleted ? { deleted: true, ...actor(deleted) } : {}),
    ...(reactions
      ? { reactions: reactions.map(({ emoji, who }) => ({ emoji, keys: who.map(({ key }) => key) })) }
      : {}),
  };
}

/** What an operator did, by the event's name of the JSON contract. `by` and `byKey` are who did it. */
export function actFields(line: Act): Fields & { readonly event: string } {
  const by = actor(line.by);
  switch (line.kind) {
    case 'kick':
      return { event: 'kick', ...named(line.who), ...by, ...reasonOf(line) };
    case 'ban':
      return { event: 'ban', ...named(line.who), ...by, ...forMs(line), ...reasonOf(line) };
    case 'unban':
      return { event: 'unban', ...named(line.who), ...by };
    case 'mute':
      return { event: 'mute', ...named(line.who), ...by, on: line.ms !== 0, ...forMs(line) };
    case 'role':
      return { event: 'role', ...named(line.who), ...by, role: line.role };
    case 'slow':
      return { event: 'slow', ...by, seconds: line.seconds };
    case 'filter':
      return { event: 'filter', ...by, filter: line.filter, on: line.on };
    case 'motd':
      return { event: 'motd', ...by, text: line.motd };
    default:
      return assertNever(line);
  }
}

/** A change of an earlier line: `nick` and `key` are who did it, `of` and `author` name the line. */
export function changeFields(change: LineChange): Fields & { readonly event: string } {
  const head = { ...named(change.by), of: change.of.id, author: change.of.author };
  switch (change.kind) {
    case 'edit':
      return { event: 'edit', ...head, text: change.text };
    case 'delete':
      return { event: 'delete', ...head };
    case 'react':
      return { event: 'react', ...head, emoji: change.emoji, on: change.on };
    default:
      return assertNever(change);
  }
}

function named({ nick, key }: Person): { nick: string; key: string } {
  return { nick, key };
}

function actor({ nick, key }: Person): { by: string; byKey: string } {
  return { by: nick, byKey: key };
}

function reasonOf({ reason }: { readonly reason?: string }): Fields {
  return reason === undefined || reason === '' ? {} : { reason };
}

function forMs({ ms }: { readonly ms?: number }): Fields {
  return ms === undefined || ms === 0 ? {} : { forMs: ms };
}
