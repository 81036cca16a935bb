// Tokens of npm oidc-provider, whose keys change while the gateway runs.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import Provider from 'oidc-provider';
import { ask, freePort, serve, vendors } from './start.mjs';

const AUDIENCE = 'leadline';
const CLIENT = { id: 'dashboard', secret: 'a-secret-of-the-suite' };

function key(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

/** A provider that signs with the first of these keys and publishes all of them. */
function provider(issuer, keys) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: [{
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:leadline',
        getResourceServerInfo: (_ctx, resource) => ({
          scope: '',
          audience: resource === 'urn:leadline' ? AUDIENCE : 'somebody-else',
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: () => ({ team: 'revops', role: 'member' }),
  });
}

let issuer, server, current, sandbox, gateway, graphql;
const first = key('first');
const second = key('second');
let tokenOfFirst;

async function token(resource = 'urn:leadline') {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body.access_token;
}

const headerOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url').toString());
const whoAmI = (jwt) => ask(graphql, jwt, '{ viewer { view } }');

before(async () => {
  const [issuerPort, port, adminPort] = [await freePort(), await freePort(), await freePort()];
  issuer = `http://127.0.0.1:${issuerPort}`;
  current = provider(issuer, [first]);
  server = createServer((request, response) => current.callback()(request, response));
  await new Promise((resolve) => server.listen(issuerPort, '127.0.0.1', resolve));
  sandbox = await vendors();
  const { salesforce, hubspot } = sandbox.sandboxes;
  const config = join(mkdtempSync(join(tmpdir(), 'leadline-')), 'leadline.toml');
  writeFileSync(config, `
    [server]
    listen = "127.0.0.1:${port}"
    admin = "127.0.0.1:${adminPort}"
    [log]
    filter = "warn"
    [auth]
    issuer = "${issuer}"
    audience = "${AUDIENCE}"
    jwks_url = "${issuer}/jwks"
    algorithms = ["RS256"]
    pseudonym_key = "0123456789abcdef0123456789abcdef"
    [sources.sales]
    vendor = "salesforce"
    side = "sales"
    [sources.sales.options]
    login_url = "${salesforce.url}"
    client_id = "${sandbox.credentials.salesforce.client_id}"
    client_secret = "${sandbox.credentials.salesforce.client_secret}"
    [sources.marketing]
    vendor = "hubspot"
    side = "marketing"
    [sources.marketing.options]
    base_url = "${hubspot.url}"
    access_token = "${sandbox.credentials.hubspot.token}"
  `);
  gateway = await serve(config, `http://127.0.0.1:${adminPort}`);
  graphql = `http://127.0.0.1:${port}/graphql`;
});

after(async () => {
  await gateway?.stop();
  await sandbox?.stop();
  server?.closeAllConnections();
  server?.close();
});

describe('tokens of oidc-provider', () => {
  test('a token is accepted and names its view', async () => {
    tokenOfFirst = await token();
    assert.equal(headerOf(tokenOfFirst).kid, 'first');
    const answer = await whoAmI(tokenOfFirst);
    assert.deepEqual([answer.status, answer.data?.viewer.view], [200, 'revops']);
  });

  test('a token for another audience is refused', async () => {
    const answer = await whoAmI(await token('urn:other'));
    assert.deepEqual([answer.status, answer.errors[0].extensions.code], [401, 'UNAUTHENTICATED']);
  });

  test('after the keys rotate, a token of the new key is accepted at once', async () => {
    current = provider(issuer, [second, first]);
    const rotated = await token();
    assert.equal(headerOf(rotated).kid, 'second');
    assert.equal((await whoAmI(rotated)).status, 200);
  });

  test('a token of the old key is still accepted while the issuer publishes it', async () => {
    assert.equal((await whoAmI(tokenOfFirst)).status, 200);
  });

  test('a token of a key the issuer never had is refused', async () => {
    const published = current;
    current = provider(issuer, [key('stranger')]);
    const strange = await token();
    current = published;
    assert.equal((await whoAmI(strange)).status, 401);
  });

  test('while the issuer is silent, tokens of known keys are accepted', async () => {
    const fresh = await token();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    assert.equal((await whoAmI(fresh)).status, 200);
  });
});
