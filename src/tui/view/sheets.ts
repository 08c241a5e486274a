import { Names } from '../../client/people/person-names.ts';
import type { MemberInfo, Person } from '../../client/session-events.ts';
import { currentBuffer, type Buffer, type Finding, type State } from '../store/state.ts';
import { findingRows } from './finding-rows.ts';
import type { Layout } from './layout.ts';
import { lobbyRows } from './lobby-rows.ts';
import { memberListRows } from './member-list.ts';
import { RowCache } from './row-cache.ts';
import type { LinkNumbers, NameOf } from './row-style.ts';
import type { Row } from './span.ts';
import type { Sheet } from './viewport.ts';

const nobody: readonly Person[] = [];

/** Least rows of talk in a lobby that has something to say. */
const LOBBY_TALK_ROWS = 4;

/** Lays buffers out; keeps what is costly to find out between frames. */
export class Sheets {
  readonly #cache = new RowCache();
  readonly #names = new WeakMap<
    readonly Person[],
    { readonly known: readonly Person[]; readonly nameOf: NameOf }
  >();
  readonly #members = new WeakMap<
    readonly MemberInfo[],
    { readonly nameOf: NameOf; readonly size: string; readonly rows: readonly Row[] }
  >();

  readonly #linkNumbers = new WeakMap<readonly string[], LinkNumbers>();

  sheet(state: State, buffer: Buffer, { mainWidth, nickWidth }: Layout): Sheet {
    return {
      buffer,
      style: {
        width: mainWidth,
        nickWidth,
        nick: state.self.nick,
        time: state.preferences.time,
        nickColors: state.preferences['nick-colors'] === 'on',
        nameOf: this.#nameOf(buffer, state.known),
        self: buffer.type === 'person' ? state.self : undefined,
        linkNumbers: state.numbered && this.#numbers(state.numbered),
      },
      cache: this.#cache,
      fold: state.preferences.fold === 'on',
    };
  }

  #numbers(links: readonly string[]): LinkNumbers {
    const known = this.#linkNumbers.get(links);
    if (known) return known;
    const numbers = new Map(links.map((link, index) => [link, index + 1] as const));
    this.#linkNumbers.set(links, numbers);
    return numbers;
  }

  /** The search in the place of the lines. */
  finding(state: State, finding: Finding, layout: Layout): readonly Row[] {
    const buffer = currentBuffer(state);
    const { style } = this.sheet(state, buffer, layout);
    const online = buffer.type === 'room' && buffer.state === 'online';
    return findingRows(finding, style, { height: layout.bodyHeight, online });
  }

  /** The member list; sorting a large room is not for every frame. */
  members(state: State, buffer: Buffer, { membersWidth, bodyHeight }: Layout): readonly Row[] {
    if (buffer.type !== 'room' || membersWidth === 0) return [];
    const nickColors = state.preferences['nick-colors'] === 'on';
    const nameOf = this.#nameOf(buffer, state.known);
    const size = `${membersWidth} ${bodyHeight} ${nickColors}`;
    const known = this.#members.get(buffer.members);
    if (known?.nameOf === nameOf && known.size === size) return known.rows;
    const look = { self: state.self.key, nameOf, nickColors };
    const rows = memberListRows(buffer.members, look, membersWidth, bodyHeight);
    this.#members.set(buffer.members, { nameOf, size, rows });
    return rows;
  }

  /** Names as they are shown in one buffer, tags where two people could be taken for each other. */
  #nameOf(buffer: Buffer, known: readonly Person[]): NameOf {
    const members = buffer.type === 'room' ? buffer.members : nobody;
    const before = this.#names.get(members);
    if (before?.known === known) return before.nameOf;
    const names = new Names([...members, ...known]);
    const nameOf: NameOf = (person) => names.show(person);
    this.#names.set(members, { known, nameOf });
    return nameOf;
  }
}

/** Rows that a buffer's lines have; the lobby shares the middle with the list of rooms. */
export function talkHeight(state: State, buffer: Buffer, layout: Layout): number {
  if (buffer.type !== 'lobby') return layout.bodyHeight;
  return layout.bodyHeight - lobbyList(state, layout).length;
}

/** The list of rooms in the lobby; as high as it needs to be while nothing is said there. */
export function lobbyList(state: State, { mainWidth, bodyHeight }: Layout): readonly Row[] {
  const quiet = state.lobby.entries.length === 0;
  const most = quiet
    ? bodyHeight
    : Math.max(1, bodyHeight - Math.max(LOBBY_TALK_ROWS, Math.ceil(bodyHeight / 2)));
  return lobbyRows(state, mainWidth, most);
}
