import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

const declaration = /\.d\.ts$/;

/** Writes the declarations `entries` of the folder `from` into `out`, and what they share into a few files beside them. */
export async function rollTypes(from, entries, out) {
  const bundled = await rolldown({
    cwd: from,
    platform: 'node',
    input: Object.fromEntries(entries.map((file) => [file.replace(declaration, ''), join(from, file)])),
    // The generator stays idle: everything is a declaration already. The default one would want a tsconfig for it.
    plugins: [dts({ dtsInput: true, generator: 'oxc', tsconfig: false })],
  });
  const { output } = await bundled.generate({
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups: [{ name: 'shared.d', minShareCount: 2 }] },
  });
  await bundled.close();
  // Beside the declarations comes a runtime for code, of which there is none.
  for (const { fileName, code } of output.filter((each) => declaration.test(each.fileName))) {
    mkdirSync(dirname(join(out, fileName)), { recursive: true });
    writeFileSync(join(out, fileName), code.replace(/^(?: {2})+/gm, tabs));
  }
}

/** Two KB of indentation less. */
function tabs(spaces) {
  return '\t'.repeat(spaces.length / 2);
}
