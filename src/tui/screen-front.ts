import { done, refuse } from '../commands/command.ts';
import type { ScreenFront } from '../commands/context.ts';
import { isSaid } from '../client/words/line-words.ts';
import type { Finder } from './finder.ts';
import type { Input } from './input.ts';
import type { Navigator } from './navigator.ts';
import { keysHelp } from './keymap.ts';
import type { Scroller } from './scroller.ts';
import { textOf } from './store/entries.ts';
import { currentBuffer, type Buffer } from './store/state.ts';
import type { Store } from './store/store.ts';
import type { Terminal } from './terminal/modes.ts';
import type { Layout } from './view/layout.ts';
import { linksOf } from './view/markdown.ts';

/** What commands ask of this screen while its size is `layout`. */
export function screenFront(
  {
    store,
    finder,
    input,
    navigator,
    scroller,
    terminal,
    numbered,
  }: {
    readonly store: Store;
    readonly finder: Finder;
    readonly input: Input;
    readonly navigator: Navigator;
    readonly scroller: Scroller;
    readonly terminal: Terminal;
    /** Links by the numbers that were on screen when the line was sent. */
    readonly numbered: readonly string[] | undefined;
  },
  layout: Layout,
): ScreenFront {
  const buffer = (): Buffer => currentBuffer(store.get());
  return {
    find: (text) => finder.start(text),
    async back(many) {
      const reached = await scroller.goBack(many, layout);
      if (reached === 0) return refuse('nothing-there', 'Nothing was said here yet.');
      return done;
    },
    rewrite: (room, of, text) => input.rewrite(room, of, text),
    keys: keysHelp,
    window: (which) => navigator.showNamed(which),
    links: () => numbered ?? linksIn(buffer()),
    newestText() {
      const newest = buffer().entries.findLast(
        (entry) =>
          (entry.type === 'line' && !entry.mine && isSaid(entry.line)) ||
          (entry.type === 'whisper' && !entry.whisper.mine),
      );
      return newest && textOf(newest);
    },
    open: (url) => terminal.open(url),
    copy: (text) => terminal.copy(text),
    terminal: () => terminal.checks(),
  };
}

/** The newest first; a link that comes again counts once. */
export function linksIn({ entries }: Pick<Buffer, 'entries'>): readonly string[] {
  const links = entries.toReversed().flatMap((entry) => linksOf(textOf(entry)).toReversed());
  return [...new Set(links)];
}
