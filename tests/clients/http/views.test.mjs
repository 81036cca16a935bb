// The reference implementation reads every view's schema, and finds in introspection what the text says.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, parse, printSchema, validate,
} from 'graphql';
import { ask, demo } from './start.mjs';

const VIEWS = ['sales_rep', 'sales_manager', 'marketing', 'revops', 'leadership', 'bi', 'agency'];
const schemaFolder = new URL('../../../schema/', import.meta.url);

let gateway;
before(async () => {
  gateway = await demo();
});
after(() => gateway.stop());

const sorted = (schema) => printSchema(lexicographicSortSchema(schema));

async function textOf(view) {
  const headers = { authorization: `Bearer ${gateway.tokens[view]}` };
  return (await fetch(new URL('/schema.graphql', gateway.graphql), { headers })).text();
}

describe('graphql-js reads what each view is shown', () => {
  for (const view of VIEWS) {
    test(`${view}: introspection, /schema.graphql and the committed file are one schema`, async () => {
      const introspection = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true });
      const answer = await ask(gateway.graphql, gateway.tokens[view], introspection);
      const text = await textOf(view);
      assert.equal(text, readFileSync(new URL(`views/${view}.graphql`, schemaFolder), 'utf8'));
      // Whether an input takes exactly one field is not asked for by the standard question.
      const told = sorted(buildClientSchema(answer.data)).replaceAll(' @oneOf', '');
      const written = sorted(buildSchema(text)).replaceAll(' @oneOf', '');
      const directive = /(""".*?"""\n)?directive @oneOf on INPUT_OBJECT\n\n/s;
      assert.equal(told.replace(directive, ''), written.replace(directive, ''));
    });
  }
});

describe('every example question', () => {
  for (const file of readdirSync(new URL('queries/', schemaFolder))) {
    test(`${file} fits the whole schema`, () => {
      const schema = buildSchema(readFileSync(new URL('schema.graphql', schemaFolder), 'utf8'));
      const document = parse(readFileSync(new URL(`queries/${file}`, schemaFolder), 'utf8'));
      assert.deepEqual(validate(schema, document).map((error) => error.message), []);
    });
  }
});
