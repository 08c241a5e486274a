// Compares the documents with the program: commands exist, options are known, links lead somewhere.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const npmBuiltins = ['ci', 'install', 'i', 'pack', 'publish', 'version', 'link'];
const promised = ['npm ci && npm start', 'npm ci && npm test'];
const problems = [];

const files = ['.', 'bench', 'docs', '.github']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== '.' }).map((name) => join(folder, name)),
  )
  .filter((file) => file.endsWith('.md') && !file.includes('node_modules'));
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

const readme = texts.get('README.md');
if (readme === undefined) problems.push('README.md is missing');
for (const line of promised)
  if (readme && !readme.includes(line)) problems.push(`README.md does not say "${line}"`);

const commands = files
  .filter((file) => file === 'README.md' || file.startsWith('docs/'))
  .flatMap((file) =>
    shellBlocks(texts.get(file)).flatMap((block) => commandsIn(block).map((words) => ({ file, words }))),
  );
const hosted = commands.flatMap(({ words }) =>
  words[0] === 'chat-tui' && words[1] === 'host' ? [words[2]] : [],
);
const help = new Map();
for (const { file, words } of commands) {
  const problem = words[0] === 'npm' ? npmProblem(words) : chatProblem(words);
  if (problem) problems.push(`${file}: "${words.join(' ')}": ${problem}`);
}
for (const [file, text] of texts) problems.push(...linkProblems(file, text), ...testProblems(file, text));

for (const problem of problems) console.error(problem);
console.log(`docs: ${commands.length} commands in ${files.length} files, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function shellBlocks(text) {
  return [...text.matchAll(/^ *```(sh|bash|shell|console)[^\n]*\n(.*?)^ *```/gms)].map((match) => ({
    prompts: match[1] === 'console',
    text: match[2].replace(/\\\n\s*/g, ' '),
  }));
}

/** The words of each `npm` and `chat-tui` command; with prompts, lines without one are output. */
function commandsIn({ prompts, text }) {
  return text
    .split('\n')
    .filter((line) => !prompts || /^\s*[$#] /.test(line))
    .map((line) => line.replace(/^\s*[$#] /, '').replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/&&|\|\||[|;]/))
    .map((command) => command.match(/'[^']*'|"[^"]*"|[^\s]+/g) ?? [])
    .map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word))))
    .map((words) => (words[0] === 'npx' && words[1] === 'chat-tui' ? words.slice(1) : words))
    .filter(([program]) => program === 'npm' || program === 'chat-tui');
}

function npmProblem([, command, name]) {
  if (npmBuiltins.includes(command)) return null;
  const script = command === 'run' ? name : command;
  return scripts[script] ? null : `package.json has no script ${script}`;
}

function chatProblem([, ...words]) {
  const general = helpOf([]);
  if (!general) return 'chat-tui --help does not run (is it built?)';
  const subcommands = [...general.matchAll(/^\s*chat-tui ([a-z]+)/gm)].map((match) => match[1]);
  const subcommand = words.find((word) => subcommands.includes(word));
  const [first = '--'] = words;
  if (!subcommand && !first.startsWith('-') && !isRoom(first)) return `no subcommand ${first}`;
  const text = subcommand ? `${general}\n${helpOf([subcommand]) ?? ''}` : general;
  const unknown = words
    .flatMap((word) => /^--[a-z-]+/.exec(word) ?? [])
    .find(
      (option) => !['--help', '--version'].includes(option) && !text.match(new RegExp(`${option}(?![a-z-])`)),
    );
  return unknown ? `no option ${unknown}` : null;
}

function isRoom(word) {
  return /^['"]|:\/\/|~|^[A-Z]+$/.test(word) || hosted.includes(word);
}

function helpOf(subcommand) {
  const key = subcommand.join(' ');
  if (!help.has(key)) {
    const { status, stdout } = spawnSync(process.execPath, ['bin/chat-tui.js', ...subcommand, '--help'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
    });
    help.set(key, status === 0 ? stdout : null);
  }
  return help.get(key);
}

function linkProblems(file, text) {
  const prose = text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, link]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path, anchor] = link.split('#');
    const target = path ? join(dirname(file), path) : file;
    if (!existsSync(join(root, target))) return [`${file}: the link ${link} leads nowhere`];
    if (!anchor || !target.endsWith('.md')) return [];
    return anchors(readFileSync(join(root, target), 'utf8')).includes(anchor)
      ? []
      : [`${file}: ${target} has no heading #${anchor}`];
  });
}

/** Tests that a document names, `{a,b}` meaning each, are there. */
function testProblems(file, text) {
  const named = [...text.matchAll(/`(test\/[^`\s]+\.tsx?)`/g)].flatMap(([, path]) => {
    const [, before, names, after] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
    return names === undefined ? [path] : names.split(',').map((name) => before + name + after);
  });
  return named
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `${file}: the test ${path} is not there`);
}

/** Heading anchors as code hosts make them. */
function anchors(text) {
  return [...text.matchAll(/^#+ +(.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
