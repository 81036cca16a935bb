// Every audit of npm graphql-http, unmodified: no errors, no warnings.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { demo } from './start.mjs';

let gateway;
before(async () => {
  gateway = await demo();
});
after(() => gateway.stop());

// An audit adds nothing to authenticate itself; everything else goes out as it wrote it.
function authenticated(url, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${gateway.tokens.revops}`);
  return fetch(url, { ...init, headers });
}

const audits = serverAudits({ url: () => gateway.graphql, fetchFn: authenticated });

describe(`graphql-http: ${audits.length} audits`, () => {
  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      assert.equal(result.status, 'ok', result.reason);
    });
  }
});
