type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** The fields that have a value: absent is not the same as `undefined`. */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  // What is left has a value, which `fromEntries` cannot know.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<Fields>;
}
