// Starts what a suite needs, and ends it with the suite.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.LEADLINE ?? fileURLToPath(new URL('../../../target/debug/leadline', import.meta.url));

function run(args, stderr) {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', stderr] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return { child, ended, stop };
}

/** Runs a command that prints one JSON object when it is ready; resolves to that object and `stop()`. */
async function announced(...args) {
  const { child, ended, stop } = run([...args, '--json'], 'ignore');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    new Promise((resolve) => lines.once('line', resolve)),
    ended.then((code) => Promise.reject(new Error(`${args[0]} ended with ${code} before it was ready`))),
  ]);
  return { ...JSON.parse(first), stop };
}

/** A demo on free ports: `{ graphql, admin, tokens, emails, stop }`. */
export async function demo() {
  const started = await announced('demo', '--port', '0', '--people', '300');
  const offer = await (await fetch(new URL('/demo/tokens', started.graphql))).json();
  return { ...started, emails: offer.emails };
}

/** The pretend vendors alone, with the credentials they take. */
export const vendors = () => announced('sandbox', '--people', '50');

/** A gateway with settings of the suite's own; resolves when it is ready for questions. */
export async function serve(config, admin) {
  const { ended, stop } = run(['serve', '--config', config], 'inherit');
  const early = ended.then((code) => Promise.reject(new Error(`serve ended with ${code} before it was ready`)));
  const ready = async () => {
    for (;;) {
      const answer = await fetch(`${admin}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.race([ready(), early]);
  early.catch(() => {});
  return { stop };
}

/** A port nobody listens at. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Asks a question and gives the answer with its status. */
export async function ask(url, token, query, variables) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query, variables }),
  });
  return { status: answer.status, ...(await answer.json()) };
}
