/** The parts of a valibot schema that lead to its texts. */
interface Described {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Described>>;
  readonly items?: readonly Described[];
  readonly item?: Described;
  readonly wrapped?: Described;
  readonly options?: readonly Described[];
}

/** Where a value of this schema holds text that its sender chooses: `roster[].nick`. */
export function textPaths(schema: object, path = ''): readonly string[] {
  const { type, entries, items, item, wrapped, options } = schema as Described;
  switch (type) {
    case 'string':
      return [path];
    case 'optional':
      return wrapped ? textPaths(wrapped, path) : [];
    case 'union':
    case 'variant':
      return [...new Set((options ?? []).flatMap((each) => textPaths(each, path)))];
    case 'array':
      return item ? textPaths(item, `${path}[]`) : [];
    case 'strict_tuple':
      return (items ?? []).flatMap((each, index) => textPaths(each, `${path}[${index}]`));
    case 'strict_object':
    case 'loose_object':
      return Object.entries(entries ?? {}).flatMap(([name, entry]) =>
        textPaths(entry, path === '' ? name : `${path}.${name}`),
      );
    case 'literal':
    case 'picklist':
    case 'boolean':
    case 'number':
    case 'custom':
      return [];
    default:
      throw new Error(`a schema of a type without a rule here: ${type}`);
  }
}

/** The same of a table of messages: `welcome.title`. */
export function tableTexts(table: Readonly<Record<string, object>>): readonly string[] {
  return Object.entries(table).flatMap(([name, schema]) =>
    textPaths(schema).map((path) => `${name}.${path}`),
  );
}
