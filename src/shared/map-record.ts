/** The same keys, each with what `change` makes of its value. */
export function mapRecord<Key extends string, Value, Changed>(
  record: Readonly<Record<Key, Value>>,
  change: (value: Value) => Changed,
): Readonly<Record<Key, Changed>> {
  const changed = Object.entries<Value>(record).map(([key, value]) => [key, change(value)] as const);
  // They are the keys of `record`, which `fromEntries` cannot know.
  return Object.fromEntries(changed) as Record<Key, Changed>;
}
