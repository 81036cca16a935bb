// Types from npm graphql-codegen, checked by tsc, used by npm graphql-request.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { generate } from '@graphql-codegen/cli';
import { demo } from './start.mjs';

// Every scalar of the schema travels as a string, but the one that counts.
const contract = readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8');
const names = [...contract.matchAll(/^scalar (\w+)/gm)].map(([, name]) => name);
const SCALARS = { ...Object.fromEntries(names.map((name) => [name, 'string'])), Seconds: 'number' };

let gateway;
before(async () => {
  gateway = await demo();
  rmSync(new URL('generated', import.meta.url), { recursive: true, force: true });
});
after(() => gateway.stop());

const config = (schema, folder) => ({
  schema,
  documents: ['client.ts'],
  silent: true,
  emitLegacyCommonJSImports: false,
  importExtension: '.js',
  generates: {
    [`generated/${folder}/`]: {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { scalars: SCALARS, strictScalars: true, enumsAsTypes: true, useTypeImports: true },
    },
  },
});

const tsc = (...args) =>
  execFileSync('node_modules/.bin/tsc', ['--project', 'tsconfig.json', ...args], { encoding: 'utf8', stdio: 'pipe' });

describe('a client with generated types', () => {
  test('codegen reads the schema by introspection, with the token of a view', async () => {
    const headers = { authorization: `Bearer ${gateway.tokens.revops}` };
    await generate(config([{ [gateway.graphql]: { headers } }], 'client'), true);
    assert.match(readFileSync('generated/client/graphql.ts', 'utf8'), /PeopleOfTwoVendorsQuery/);
  });

  test('codegen reads the committed schema of a view and writes the same types', async () => {
    await generate(config('../../../schema/views/revops.graphql', 'from_file'), true);
    const types = (folder) => readFileSync(`generated/${folder}/graphql.ts`, 'utf8');
    assert.equal(types('from_file'), types('client'));
  });

  test('tsc --noEmit accepts the client', () => {
    tsc('--noEmit');
  });

  test('tsc refuses a field that does not exist', () => {
    const wrong = readFileSync('client.ts', 'utf8').replace('name: person.displayName', 'name: person.salary');
    mkdirSync('generated/wrong', { recursive: true });
    writeFileSync('generated/wrong/client.ts', wrong);
    cpSync('generated/client', 'generated/wrong/generated/client', { recursive: true });
    const settings = { extends: '../../tsconfig.json', files: ['client.ts'] };
    writeFileSync('generated/wrong/tsconfig.json', JSON.stringify(settings));
    assert.throws(
      () => execFileSync('node_modules/.bin/tsc', ['--noEmit', '--project', 'generated/wrong'], { stdio: 'pipe' }),
      (error) => error.stdout.toString().includes("Property 'salary' does not exist"),
    );
  });

  test('graphql-request answers with people of both vendors', async () => {
    tsc();
    const { people } = await import('./generated/out/client.js');
    const rows = await people(gateway.graphql, gateway.tokens.revops, gateway.emails);
    assert.equal(rows.length, gateway.emails.length);
    for (const row of rows) {
      assert.ok(row.name);
      assert.deepEqual([...new Set(row.sources)].sort(), ['HubSpot', 'Salesforce']);
    }
  });
});
