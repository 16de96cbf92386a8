'use strict';

// The pinned compiler for many small changes in a row: one standard JSON request a line, one answer
// a line. Warm, it takes half the time that scripts/solc.js takes for a single request.

const path = require('node:path');
const readline = require('node:readline');

const PACKAGE = path.join(__dirname, '..', '..', 'contracts', 'node_modules', 'solc');
const compiler = require(process.env.SOLC_JS || PACKAGE);

readline.createInterface({ input: process.stdin }).on('line', (request) => {
  process.stdout.write(compiler.compile(request) + '\n');
});
