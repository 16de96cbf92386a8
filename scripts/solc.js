#!/usr/bin/env node
'use strict';

// The pinned compiler behind the command line of the native one, as far as forge, py-solc-x and
// scripts/build_contracts.py use it: `--version` and `--standard-json`.
//
// The `solcjs` of the package is not used: it leaves right after writing, and everything beyond
// the first 64 KiB of a pipe is lost. Nothing here calls process.exit() for the same reason.

const fs = require('node:fs');
const path = require('node:path');

const PACKAGE = path.join(__dirname, '..', 'contracts', 'node_modules', 'solc');

function parseArguments(words) {
  const options = { version: false, standardJson: false, roots: [], input: null };
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift();
    if (word === '--version') options.version = true;
    else if (word === '--standard-json') options.standardJson = true;
    // Every path under a root may be read, so the list of allowed ones is not needed.
    else if (word === '--allow-paths') rest.shift();
    else if (word === '--base-path') options.roots.unshift(rest.shift());
    else if (word === '--include-path') options.roots.push(rest.shift());
    else if (word.startsWith('--')) throw new Error(`solc.js: option ${word} is not supported`);
    else if (word !== '-') options.input = word;
  }
  if (options.roots.length === 0) options.roots.push(process.cwd());
  return options;
}

function readImport(roots, name) {
  for (const root of roots) {
    const file = path.resolve(root, name);
    if (fs.existsSync(file)) return { contents: fs.readFileSync(file, 'utf8') };
  }
  return { error: `File not found: ${name}` };
}

function loadCompiler() {
  try {
    return require(process.env.SOLC_JS || PACKAGE);
  } catch (error) {
    throw new Error(`solc.js: compiler not installed (${error.code}); run npm ci in contracts/`);
  }
}

function run(words) {
  const options = parseArguments(words);
  if (!options.version && !options.standardJson) {
    throw new Error('solc.js: only --version and --standard-json are supported');
  }
  const compiler = loadCompiler();
  if (options.version) {
    return `solc, the solidity compiler commandline interface\nVersion: ${compiler.version()}\n`;
  }
  const source = fs.readFileSync(options.input === null ? 0 : options.input, 'utf8');
  return compiler.compile(source, { import: (name) => readImport(options.roots, name) }) + '\n';
}

try {
  process.stdout.write(run(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
