import { closure } from './closure.mjs';

/** Modules that start something, by what they start. */
const roots = {
  relay: [
    'src/relay/main.ts',
    'src/relay/index.ts',
    'src/relay/data-dir.ts',
    'src/relay/operator/operator-main.ts',
    'src/cli/relay-options.ts',
    'src/cli/check-config-main.ts',
  ],
  protocol: ['src/shared/public.ts'],
  chat: ['src/tui/main.tsx', 'src/cli/chat-main.ts'],
  client: [
    'src/client/client.ts',
    'src/client/profile/profile.ts',
    'src/client/public.ts',
    'src/link/ws-transport.ts',
  ],
  host: [
    'src/host/start.ts',
    'src/host/copies/copies.ts',
    'src/cli/room-hosts.ts',
    'src/cli/host-main.ts',
    'src/lan/embedded.ts',
  ],
  settings: [],
  rare: [],
  commands: ['pipe', 'rooms', 'doctor', 'save', 'account'].map((name) => `src/cli/${name}-main.ts`),
};
/** Modules whose `import()` of a package is always, or as good as always, followed where a chunk is loaded. */
const loads = {
  relay: ['src/relay/main.ts'],
  settings: ['src/client/profile/settings.ts'],
  client: ['src/lan/multicast.ts'],
  // One of the two is its own worker and runs all of the chunk: nothing that does anything may come here.
  rare: ['src/client/account/stretch.ts', 'src/commands/trust.ts'],
};
const facade = /^export\{(?<names>[^}]*)\}from"\.\/(?<file>[^"]+)";\s*$/;
const facadeOfCommonJs =
  /^import\{(?<made>\w+) as (?<local>\w+)\}from"\.\/(?<file>[^"]+)";export default \k<local>\(\);(export\{\};)?\s*$/;

/**
 * Says of each module which chunk it goes into, null for one of its own: few files, since each of them costs whoever
 * installs the package two milliseconds, and none of them holds what a relay, a first frame or a library has no use for.
 * A chunk imports only from those before it, since each holds what its roots reach and no chunk before it has.
 */
export function chunkNames(modules) {
  const imported = (id) => modules.get(id)?.imports ?? [];
  const reach = Object.fromEntries(
    Object.entries(roots).map(([name, files]) => {
      const missing = [...files, ...(loads[name] ?? [])].find((file) => !modules.has(file));
      if (missing) throw new Error(`${missing} is a root of a chunk and not in the bundle`);
      const loaded = (loads[name] ?? []).flatMap((file) => modules.get(file).lazy);
      return [name, closure([...files, ...loaded], imported)];
    }),
  );
  // Options say where compiled code is kept. Only what is loaded once they are read comes from there.
  const options = closure([...modules.get('src/cli.ts').imports, 'src/cli/relay-options.ts'], imported);
  const others = reach.client.union(reach.host).union(reach.commands);
  const chunks = [
    ['options', options],
    ['base', reach.relay.intersection(reach.chat.union(reach.client).union(reach.commands))],
    ['relay', reach.relay],
    ['person', reach.chat.intersection(others).union(reach.settings)],
    ['protocol', reach.protocol],
    ['client', reach.client],
    ['screen', reach.chat],
    ['commands', reach.commands],
    ['host', reach.host],
    ['rare', reach.rare],
  ];
  // Sockets bring Node's HTTP and TLS, for which no first frame waits.
  return (id) =>
    /node_modules\/ws\//.test(id) ? 'ws' : (chunks.find(([, members]) => members.has(id))?.[0] ?? null);
}

/** Takes away the files that do nothing but hand on, for an `import()`, what is in another chunk. */
export function withoutFacades(chunks) {
  const facades = new Map(
    chunks.flatMap((chunk) => {
      if (chunk.isEntry) return [];
      const found = (facade.exec(chunk.code) ?? facadeOfCommonJs.exec(chunk.code))?.groups;
      return found ? [[chunk.fileName, { file: found.file, fields: fieldsOf(found) }]] : [];
    }),
  );
  const direct = (code, edits) =>
    code.replace(/import\(`\.\/([^`]+)`\)/g, (whole, name, at) => {
      const found = facades.get(name);
      if (!found) return whole;
      const by = `import(\`./${found.file}\`).then(e=>({${found.fields.join(',')}}))`;
      edits.push({ at, longer: by.length - whole.length });
      return by;
    });
  return chunks
    .filter((chunk) => !facades.has(chunk.fileName))
    .map((chunk) => {
      const edits = [];
      const dynamicImports = [
        ...new Set(chunk.dynamicImports.map((name) => facades.get(name)?.file ?? name)),
      ];
      return { ...chunk, code: direct(chunk.code, edits), edits, dynamicImports };
    });
}

/** What an `import()` gets, of the namespace `e` of the chunk that has it. */
function fieldsOf({ names, made }) {
  if (made !== undefined) return [`default:e.${made}()`];
  return names.split(',').map((each) => {
    const [from, to = from] = each.split(' as ');
    return `${to}:e.${from}`;
  });
}
