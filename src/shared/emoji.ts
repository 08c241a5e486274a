/** Reactions by name, as in `:+1:`. */
export const emoji: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  ok: '👌',
  clap: '👏',
  wave: '👋',
  pray: '🙏',
  muscle: '💪',
  point_up: '☝',
  heart: '❤',
  broken_heart: '💔',
  smile: '😄',
  grin: '😁',
  joy: '😂',
  laugh: '😆',
  wink: '😉',
  cool: '😎',
  think: '🤔',
  shrug: '🤷',
  sad: '😢',
  cry: '😭',
  angry: '😠',
  surprised: '😮',
  scream: '😱',
  sleepy: '😴',
  party: '🥳',
  tada: '🎉',
  fire: '🔥',
  rocket: '🚀',
  star: '⭐',
  sparkles: '✨',
  eyes: '👀',
  check: '✅',
  cross: '❌',
  warning: '⚠',
  question: '❓',
  bug: '🐛',
  tea: '🍵',
  coffee: '☕',
  cake: '🍰',
  pizza: '🍕',
  beer: '🍺',
  sun: '☀',
  rain: '🌧',
  cat: '🐱',
  dog: '🐶',
};

/** `+1` of `:+1:`, `+1` or the picture itself; undefined for what is not in the table. */
export function emojiName(typed: string): string | undefined {
  const name = typed
    .trim()
    .replace(/^:(.+):$/, '$1')
    .toLowerCase();
  if (Object.hasOwn(emoji, name)) return name;
  const picture = typed.trim().replaceAll('\ufe0f', '');
  return Object.entries(emoji).find(([, shown]) => shown === picture)?.[0];
}

/** What to show for a name; one that is not in the table is shown as it is written. */
export function emojiShown(name: string): string {
  return Object.hasOwn(emoji, name) ? (emoji[name] ?? name) : `:${name.replace(/[^\w+-]/g, '?')}:`;
}
