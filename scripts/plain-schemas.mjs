import { parseSync } from 'rolldown/utils';

/** What checks a value and leaves its type alone. */
const checks = /^(Check|Integer|MinValue|MaxValue|MinLength|MaxLength|MaxBytes|Bytes|Length|Regex)Action$/;

/**
 * Declarations in which a schema of valibot is declared as what it lets through, and what is inferred from a schema as
 * the schema: to who reads the types of messages that is the same, in a third of the text and without a type of valibot.
 * Throws at a schema that is none of those we use.
 */
export function plainSchemas(text) {
  const { program } = parseSync('types.d.ts', text);
  return plain(program)
    .replace(/^import \* as v from 'valibot';\n/m, '')
    .replaceAll('Uint8Array<ArrayBufferLike>', 'Uint8Array');

  function plain(node) {
    const schema = schemaName(node);
    if (schema) return output(schema, node.typeArguments?.params ?? []);
    let code = '';
    let from = node.start;
    for (const child of outermostSchemas(node)) {
      code += text.slice(from, child.start) + plain(child);
      from = child.end;
    }
    return code + text.slice(from, node.end);
  }

  function output(schema, [first, second]) {
    switch (schema) {
      case 'NumberSchema':
      case 'StringSchema':
      case 'BooleanSchema':
        return schema.replace('Schema', '').toLowerCase();
      case 'InferOutput':
      case 'CustomSchema':
      case 'LiteralSchema':
        return plain(first);
      case 'GenericSchema':
        return first ? plain(first) : 'unknown';
      case 'PicklistSchema':
        return elements(first).map(plain).join(' | ');
      case 'UnionSchema':
        return elements(first).map(plain).join(' | ');
      case 'VariantSchema':
        return elements(second).map(plain).join(' | ');
      case 'StrictTupleSchema':
        return `[${elements(first).map(plain).join(', ')}]`;
      case 'ArraySchema':
        return `Array<${plain(first)}>`;
      case 'OptionalSchema':
        return `${plain(first)} | undefined`;
      case 'StrictObjectSchema':
        return fields(first);
      case 'SchemaWithPipe': {
        const [checked, ...behind] = elements(first);
        const unknown = behind.find((each) => !checks.test(schemaName(each) ?? ''));
        if (unknown) throw new Error(`no plain type for ${text.slice(unknown.start, unknown.end)}`);
        return plain(checked);
      }
      default:
        throw new Error(`no plain type for v.${schema}`);
    }
  }

  /** As `plain` has it, but that a field may be absent and can be written. */
  function fields(literal) {
    let code = '';
    let from = literal.start;
    for (const { start, end, key, typeAnnotation } of literal.members) {
      const type = typeAnnotation.typeAnnotation;
      const sign = schemaName(type) === 'OptionalSchema' ? '?:' : ':';
      code += `${text.slice(from, start)}${text.slice(key.start, key.end)}${sign} ${plain(type)};`;
      from = end;
    }
    return code + text.slice(from, literal.end);
  }
}

/** The `X` of a type `v.X`. */
function schemaName(node) {
  if (node.type !== 'TSTypeReference' || node.typeName.type !== 'TSQualifiedName') return undefined;
  return node.typeName.left.name === 'v' ? node.typeName.right.name : undefined;
}

function outermostSchemas(node) {
  const children = Object.values(node)
    .flat()
    .filter((each) => typeof each?.type === 'string');
  return children.flatMap((child) => (schemaName(child) ? child : outermostSchemas(child)));
}

function elements({ type, typeAnnotation, elementTypes }) {
  return type === 'TSTypeOperator' ? elements(typeAnnotation) : elementTypes;
}
