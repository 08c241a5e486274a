import { isBuiltin } from 'node:module';
import { parseSync } from 'rolldown/utils';

const required = /\brequire\(['"]([\w:/]+)['"]\)/g;

/**
 * Takes Node's own modules from the process instead of importing them: an `import` reads every export of the module, and
 * behind some of them are others that load then. A third of a bare start, before the first frame.
 */
export const quickBuiltins = {
  name: 'quick-builtins',
  // A `require` from an ES module reads all exports, too.
  transform(code) {
    const text = code.replace(required, (whole, name) => (isBuiltin(name) ? builtin(name) : whole));
    return text === code ? null : text;
  },
  renderChunk(code, { fileName }) {
    const { program } = parseSync(fileName, code);
    let text = '';
    let from = 0;
    for (const { type, start, end, source, specifiers } of program.body) {
      if (type !== 'ImportDeclaration' || !isBuiltin(source.value)) continue;
      text += code.slice(from, start);
      // In the same lines, so that a source map stays right.
      text += declared(specifiers, source.value)
        .map(([names, what]) => `const ${names} = ${what};`)
        .join(' ');
      from = end;
    }
    return from === 0 ? null : { code: text + code.slice(from), map: null };
  },
};

/** Pairs of what is declared and where it comes from: names one by one, the module as a whole. */
function declared(specifiers, name) {
  const named = specifiers.filter(
    (each) => each.type === 'ImportSpecifier' && each.imported.name !== 'default',
  );
  const whole = specifiers.filter((each) => !named.includes(each));
  const fields = named.map(({ imported, local }) => `${imported.name}: ${local.name}`);
  return [
    ...(named.length > 0 ? [[`{ ${fields.join(', ')} }`, builtin(name)]] : []),
    ...whole.map(({ local }) => [local.name, builtin(name)]),
  ];
}

function builtin(name) {
  return `globalThis.process.getBuiltinModule(${JSON.stringify(name)})`;
}
