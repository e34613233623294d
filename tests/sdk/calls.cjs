// Calls `cronofy` as its users do. Reads one JSON object per line and answers each with one:
//   {"config", "method", "options", "callback"?}  ->  {"ok": value, "config": {...}} or {"error": {...}}
// One line is one client, so that what a call keeps in its configuration can be seen.
"use strict";

const Cronofy = require("cronofy");
const readline = require("node:readline");

const api = process.argv[2];

function told(error) {
  return { statusCode: error.statusCode ?? null, entity: error.error?.entity ?? null, message: String(error.message) };
}

async function answer({ config, method, options, callback }) {
  const client = new Cronofy(config);
  client.urls.api = api;
  try {
    const value = callback
      ? await new Promise((resolve, reject) => {
          client[method](options, (error, found) => (error ? reject(error) : resolve(found)));
        })
      : await client[method](options);
    return { ok: value ?? null, config: client.config };
  } catch (error) {
    return { error: told(error) };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
}

main();
