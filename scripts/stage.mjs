// Lays out in build/pkg what "npm pack build/pkg" publishes: everything is bundled, so it depends on nothing.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isStale, markerOf } from './freshness.mjs';
import { thirdPartyNotices } from './notices.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv[2] ?? join(root, 'build/pkg');

if (isStale(root)) await import('./build.mjs');
if (process.exitCode) process.exit();

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const name of ['bin', 'dist', 'README.md', 'LICENSE']) {
  if (existsSync(join(root, name))) cpSync(join(root, name), join(out, name), { recursive: true });
}
chmodSync(join(out, 'bin/chat-tui.js'), 0o755);

const report = JSON.parse(readFileSync(markerOf(root), 'utf8'));
const modules = Object.values(report).flatMap((chunk) => chunk.modules);
writeFileSync(join(out, 'THIRD_PARTY_NOTICES'), thirdPartyNotices(root, modules));

const published = [
  'name',
  'version',
  'description',
  'type',
  'license',
  'keywords',
  'repository',
  'homepage',
  'bugs',
  'bin',
  'exports',
  'engines',
];
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const shipped = Object.fromEntries(published.map((field) => [field, manifest[field]]));
writeFileSync(join(out, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`);
console.log(`stage: ${out}`);
