// Starts the pretend vendors for a suite written for Node, and ends them with it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.LEADLINE ?? fileURLToPath(new URL('../../../target/debug/leadline', import.meta.url));

/** Resolves to what `leadline sandbox --json` prints, and `stop()`. */
export async function start(...options) {
  const child = spawn(BINARY, ['sandbox', '--json', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    new Promise((resolve) => lines.once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`the sandbox ended with ${code} before it was ready`))),
  ]);
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return { ...JSON.parse(first), stop };
}

/** Switches faults on at a vendor's admin address; without any, switches all off. */
export async function faults(admin, ...switches) {
  const answer = await fetch(`${admin}/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(switches),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** The calls a vendor has counted, by endpoint. */
export async function calls(admin) {
  const answer = await fetch(`${admin}/calls`);
  return (await answer.json()).byEndpoint;
}
