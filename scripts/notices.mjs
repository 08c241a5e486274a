import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const apache = 'Apache License, Version 2.0';
const wholeApache = /Apache License\s+Version 2\.0, January 2004.*END OF TERMS AND CONDITIONS/s;
const licenceFile = /^(licen[cs]e|copying|notice)([-.]|$)/i;

// Declared as MIT by its package.json, which is all it brings.
const holders = { 'yoga-layout': 'Copyright (c) Facebook, Inc. and its affiliates.' };

/** Licence texts of the packages whose modules are in the bundle, equal terms and holders once; throws where a package brings none. */
export function thirdPartyNotices(root, modules) {
  const folders = new Set(
    modules.flatMap((id) => /.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/s.exec(id)?.[0] ?? []),
  );
  const bundled = [...folders]
    .map((each) => resolve(root, each))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const byTerms = new Map();
  for (const { title, text } of bundled.flatMap((each) => [...ownTexts(root, each), ...innerTexts(each)])) {
    const { copyright, terms } = split(text);
    const byHolder = byTerms.get(terms) ?? new Map();
    byTerms.set(terms, byHolder.set(copyright, [...(byHolder.get(copyright) ?? []), title]));
  }
  const rule = '-'.repeat(80);
  const notices = [...byTerms].map(([terms, byHolder]) => {
    const packages = [...byHolder].map(([copyright, titles]) => [...titles, copyright].join('\n').trim());
    return [rule, ...packages, terms].join('\n\n');
  });
  return [
    'chat-tui contains code of these packages, under their own licences:',
    ...notices,
    ...(notices.some((text) => text.includes(apache)) ? [rule, apacheLicence(root)] : []),
    '',
  ].join('\n\n');
}

function ownTexts(root, { folder, name, version, license }) {
  const title = `${name} ${version} (${license})`;
  const files = readdirSync(folder).filter((file) => licenceFile.test(file));
  if (files.length > 0)
    return files.map((file) => ({ title, text: readFileSync(join(folder, file), 'utf8') }));
  if (holders[name]) return [{ title, text: `${holders[name]}\n\n${mitTerms(root)}` }];
  throw new Error(`${name} is in the bundle and brings no licence text`);
}

/** Of what a package has itself bundled, as meow has; the list is that of rollup-plugin-license. */
function innerTexts({ folder }) {
  const list = join(folder, 'build/licenses.md');
  if (!existsSync(list)) return [];
  return readFileSync(list, 'utf8')
    .replaceAll('\r', '')
    .split(/^---$/m)
    .flatMap((entry) => {
      const [, name, version, license, text] =
        /Name: ([^\n]*)\nVersion: ([^\n]*)\nLicense: ([^\n]*)\n.*?License Text:\n===\n(.*)/s.exec(entry) ??
        [];
      return text ? [{ title: `${name} ${version} (${license})`, text }] : [];
    });
}

/** The holder's lines, and the terms in one spelling of white space and quotes so that equal ones are recognised. */
function split(text) {
  const plain = text
    .replace(/\r/g, '')
    .replace(/[“”]/g, '"')
    .replace(wholeApache, `${apache}; its text is at the end.`)
    .trim();
  const start = Math.max(plain.search(/Permission (is hereby granted|to use, copy)/), 0);
  const paragraphs = plain.slice(start).split(/\n\s*\n/);
  const terms = paragraphs
    .map((each) =>
      each
        .replace(/\s+/g, ' ')
        .replace(/(.{1,100})( |$)/g, '$1\n')
        .trim(),
    )
    .join('\n\n');
  return { copyright: plain.slice(0, start).trim(), terms };
}

function mitTerms(root) {
  const text = readFileSync(join(root, 'LICENSE'), 'utf8');
  return text.slice(text.indexOf('Permission is hereby granted')).trim();
}

// Packages under the Apache licence bring a pointer to it; whoever hands on their code hands on the whole text.
function apacheLicence(root) {
  return readFileSync(join(root, 'node_modules/typescript/LICENSE'), 'utf8').replace(/\r/g, '').trim();
}
