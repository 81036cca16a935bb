// Starts a sandbox over this suite's world and says where it is and who is let in.
'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')
const readline = require('node:readline')

// Public constants of the sandbox, see src/sandbox/README.md.
const credentials = {
  token: 'pat-na1-00000000-0000-4000-8000-000000000000',
  narrowToken: 'pat-na1-00000000-0000-4000-8000-000000000001',
  clientId: 'leadline-sandbox-client-id',
  clientSecret: 'leadline-sandbox-client-secret',
  refreshToken: 'leadline-sandbox-hubspot-refresh-token',
}

async function start() {
  const world = path.join(__dirname, '..', 'world')
  const command = process.env.LEADLINE ?? path.join(__dirname, '..', '..', '..', '..', 'target', 'debug', 'leadline')
  const child = spawn(command, ['sandbox', '--json', '--world', world], { stdio: ['ignore', 'pipe', 'inherit'] })
  const first = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)))
    readline.createInterface({ input: child.stdout }).once('line', resolve)
  })
  const { url, admin } = JSON.parse(first).sandboxes.hubspot
  return {
    url,
    credentials,
    stop: () => child.kill('SIGINT'),
    // Makes the next calls go wrong.
    fault: (...switches) =>
      fetch(`${admin}/faults`, { method: 'PUT', body: JSON.stringify(switches) }).then((answer) => {
        if (!answer.ok) throw new Error(`no such fault: ${answer.status}`)
      }),
    mend: () => fetch(`${admin}/faults`, { method: 'DELETE' }),
    calls: () => fetch(`${admin}/calls`).then((answer) => answer.json()),
    forgetCalls: () => fetch(`${admin}/calls`, { method: 'DELETE' }),
  }
}

module.exports = { start }
