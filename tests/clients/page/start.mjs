// Starts a gateway, and a browser that tells of everything it should not do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const fileOf = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A demo on free ports: its address and `stop()`. */
export async function demo(...args) {
  const child = spawn(process.env.LEADLINE, ['demo', '--port', '0', '--json', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const early = ended.then(([code]) => Promise.reject(new Error(`demo ended with ${code} before it was ready`)));
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), early]);
  early.catch(() => {});
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return { origin: new URL(JSON.parse(line).graphql).origin, stop };
}

/** A browser whose pages note errors, words on the console, and requests to other hosts. */
export async function browser() {
  const started = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  const open = async (address, options = {}) => {
    const page = await started.newPage(options);
    const amiss = [];
    page.on('pageerror', (error) => amiss.push(error.message));
    page.on('console', (said) => ['error', 'warning'].includes(said.type()) && amiss.push(said.text()));
    page.on('request', (request) => request.url().startsWith(new URL(address).origin) || amiss.push(request.url()));
    await page.goto(address);
    return { page, amiss };
  };
  return { open, stop: () => started.close() };
}
