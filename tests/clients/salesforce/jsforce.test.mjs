// What npm jsforce does with the pretend Salesforce, unmodified.
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import jsforce from 'jsforce';
import { calls, faults, start } from './start.mjs';

let sandbox;
let url;
let admin;
let us;

before(async () => {
  sandbox = await start();
  ({ url, admin } = sandbox.sandboxes.salesforce);
  us = sandbox.credentials.salesforce;
});
after(() => sandbox?.stop());
afterEach(() => faults(admin));

const oauth2 = () => ({ loginUrl: url, clientId: us.client_id, clientSecret: us.client_secret });

function unauthorized(more = {}) {
  return new jsforce.Connection({ version: '65.0', instanceUrl: url, oauth2: oauth2(), ...more });
}

async function connect() {
  const connection = unauthorized();
  await connection.authorize({ grant_type: 'client_credentials' });
  return connection;
}

const refused = (code, more = {}) => (error) => {
  assert.equal(error.errorCode, code, error.message);
  for (const [name, value] of Object.entries(more)) assert.deepEqual(error[name], value);
  return true;
};

const lead = (more = {}) => ({ LastName: 'Suite', Company: 'Suite Ltd', Email: 'suite@example.com', ...more });

describe('logging in', () => {
  it('takes client credentials and learns who it is', async () => {
    const connection = await connect();
    assert.equal(connection.instanceUrl, url);
    assert.match(connection.accessToken, /^(00D\w{12,15})![.\w]*$/);
    assert.match(connection.userInfo.organizationId, /^00D\w{15}$/);
    const identity = await connection.identity();
    assert.equal(identity.user_id, connection.userInfo.id);
    assert.equal(identity.username, us.username);
  });

  it('takes a signed assertion', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: us.client_id, sub: us.username, aud: 'https://login.salesforce.com' };
    const exp = Math.floor(Date.now() / 1000) + 180;
    const text = `${part({ alg: 'RS256' })}.${part({ ...claims, exp })}`;
    const signature = createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url');
    const connection = unauthorized();
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    await connection.authorize({ grant_type, assertion: `${text}.${signature}` });
    assert.equal((await connection.query('SELECT Id FROM User LIMIT 1')).records.length, 1);
  });

  it('refuses a wrong secret, a wrong client and an unknown grant', async () => {
    const wrong = (more, grant = { grant_type: 'client_credentials' }) =>
      unauthorized({ oauth2: { ...oauth2(), ...more } }).authorize(grant);
    await assert.rejects(wrong({ clientSecret: 'no' }), { name: 'invalid_client' });
    await assert.rejects(wrong({ clientId: 'no' }), { name: 'invalid_client_id' });
    await assert.rejects(wrong({}, { grant_type: 'nothing' }), { name: 'unsupported_grant_type' });
  });

  it('renews an expired token with its refresh token and repeats the call', async () => {
    const connection = unauthorized({ accessToken: 'expired', refreshToken: us.refresh_token });
    let renewed = 0;
    connection.on('refresh', () => (renewed += 1));
    assert.equal((await connection.query('SELECT Id FROM User LIMIT 1')).records.length, 1);
    assert.equal(renewed, 1);
  });

  it('renews once when the token expires under way', async () => {
    const connection = unauthorized({
      refreshFn: async (_, done) => done(null, (await connect()).accessToken),
    });
    await connection.authorize({ grant_type: 'client_credentials' });
    await connection.query('SELECT Id FROM User LIMIT 1');
    await faults(admin, { kind: 'expire_tokens_in_use' });
    const old = connection.accessToken;
    assert.equal((await connection.query('SELECT Id FROM User LIMIT 1')).records.length, 1);
    assert.notEqual(connection.accessToken, old);
  });

  it('reports an expired session when it cannot renew', async () => {
    const connection = new jsforce.Connection({ version: '65.0', instanceUrl: url, accessToken: '00D000000000001!expired' });
    await assert.rejects(connection.query('SELECT Id FROM User'), refused('INVALID_SESSION_ID'));
  });

  it('takes a user name and a password over SOAP', async () => {
    const connection = new jsforce.Connection({ version: '65.0', loginUrl: url });
    await connection.login(us.username, us.password);
    assert.equal((await connection.query('SELECT Id FROM User LIMIT 1')).records.length, 1);
    await assert.rejects(new jsforce.Connection({ loginUrl: url }).login(us.username, 'no'), /INVALID_LOGIN/);
  });

  it('logs out', async () => {
    const connection = await connect();
    const { accessToken } = connection;
    await connection.logoutByOAuth2();
    const later = new jsforce.Connection({ version: '65.0', instanceUrl: url, accessToken });
    await assert.rejects(later.query('SELECT Id FROM User'), refused('INVALID_SESSION_ID'));
  });
});

describe('queries', () => {
  it('reads every page', async () => {
    const connection = await connect();
    const { totalSize } = await connection.query('SELECT COUNT() FROM LeadHistory');
    assert.ok(totalSize > 2000);
    const first = await connection.query('SELECT Id FROM LeadHistory');
    assert.equal(first.done, false);
    const seen = new Set(first.records.map((record) => record.Id));
    let page = first;
    while (!page.done) {
      page = await connection.queryMore(page.nextRecordsUrl);
      page.records.forEach((record) => seen.add(record.Id));
    }
    assert.equal(seen.size, totalSize);
    const all = await connection.query('SELECT Id FROM LeadHistory', { autoFetch: true, maxFetch: 100000 });
    assert.equal(all.records.length, totalSize);
  });

  it('obeys the batch size it is asked for', async () => {
    const connection = await connect();
    const q = encodeURIComponent('SELECT Id FROM LeadHistory');
    const headers = { 'Sforce-Query-Options': 'batchSize=200' };
    const page = await connection.request({ method: 'GET', url: `/query?q=${q}`, headers });
    assert.equal(page.records.length, 200);
    const next = await connection.queryMore(page.nextRecordsUrl);
    assert.equal(next.records.length, 200);
  });

  it('reads deleted rows only with queryAll', async () => {
    const connection = await connect();
    const deleted = 'SELECT Id, IsDeleted, MasterRecordId FROM Lead WHERE IsDeleted = true';
    assert.equal((await connection.query(deleted)).totalSize, 0);
    const { records } = await connection.query(deleted, { scanAll: true });
    assert.ok(records.length > 0);
    assert.ok(records.every((record) => record.IsDeleted));
  });

  it('nests parents and children', async () => {
    const connection = await connect();
    const { records } = await connection.query(
      "SELECT Name, Account.Owner.Name, (SELECT StageName, CreatedDate FROM OpportunityHistories) FROM Opportunity WHERE AccountId != null AND StageName = 'Closed Won' LIMIT 5",
    );
    assert.ok(records[0].Account.Owner.Name);
    assert.ok(records[0].OpportunityHistories.records[0].StageName);
    assert.match(records[0].OpportunityHistories.records[0].CreatedDate, /T\d\d:\d\d:\d\d\.000\+0000$/);
  });

  it('builds statements of its own', async () => {
    const connection = await connect();
    const leads = await connection
      .sobject('Lead')
      .find({ Status: 'Open - Not Contacted', CreatedDate: { $lte: jsforce.SfDate.toDateTimeLiteral(new Date()) } }, ['Id', 'Name'])
      .sort({ CreatedDate: -1 })
      .limit(3);
    assert.equal(leads.length, 3);
    const count = await connection.sobject('Lead').count({ Email: null });
    assert.equal(typeof count, 'number');
  });

  it('groups', async () => {
    const connection = await connect();
    const { records } = await connection.query('SELECT Status, COUNT(Id) n FROM Lead GROUP BY Status ORDER BY COUNT(Id) DESC');
    assert.ok(records[0].n >= records.at(-1).n);
  });

  it('maps every mistake to its code', async () => {
    const connection = await connect();
    const mistakes = {
      'SELECT Id FROM Lead WHERE': 'MALFORMED_QUERY',
      'SELECT Nope FROM Lead': 'INVALID_FIELD',
      'SELECT Id FROM Nope': 'INVALID_TYPE',
      "SELECT Id FROM Lead WHERE Id = 'nope'": 'INVALID_QUERY_FILTER_OPERATOR',
      'SELECT Id FROM Lead OFFSET 2001': 'NUMBER_OUTSIDE_VALID_RANGE',
    };
    for (const [statement, code] of Object.entries(mistakes)) {
      await assert.rejects(connection.query(statement), refused(code), statement);
    }
    await assert.rejects(connection.queryMore('/services/data/v65.0/query/01g000000000000AAA-2000'), refused('INVALID_QUERY_LOCATOR'));
  });

  it('forgets the oldest result when too many are open', async () => {
    const connection = await connect();
    const first = await connection.query('SELECT Id FROM LeadHistory');
    for (let n = 0; n < 10; n += 1) await connection.query('SELECT Id FROM LeadHistory');
    await assert.rejects(connection.queryMore(first.nextRecordsUrl), refused('INVALID_QUERY_LOCATOR'));
  });

  it('refuses a statement too long for a URL', async () => {
    const connection = await connect();
    const ids = Array.from({ length: 900 }, (_, n) => `'00Q000000000${String(n).padStart(3, '0')}'`);
    const statement = `SELECT Id FROM Lead WHERE Id IN (${ids.join(',')})`;
    await assert.rejects(connection.query(statement), (error) => /414|431/.test(`${error.errorCode} ${error.message}`));
  });
});

describe('describe and limits', () => {
  it('describes the org and its objects', async () => {
    const connection = await connect();
    const all = await connection.describeGlobal();
    assert.ok(all.sobjects.some(({ name, keyPrefix }) => name === 'Lead' && keyPrefix === '00Q'));
    const described = await connection.sobject('Lead').describe();
    const field = (name) => described.fields.find((it) => it.name === name);
    assert.equal(field('Email').type, 'email');
    assert.deepEqual(field('OwnerId').referenceTo, ['Group', 'User']);
    assert.ok(field('Status').picklistValues.length > 1);
    assert.ok(described.fields.some(({ custom }) => custom));
    assert.ok(described.childRelationships.some(({ relationshipName }) => relationshipName === 'Histories'));
    await assert.rejects(connection.sobject('Nope').describe(), refused('NOT_FOUND'));
  });

  it('counts its calls', async () => {
    const connection = await connect();
    const { DailyApiRequests } = await connection.limits();
    assert.ok(DailyApiRequests.Remaining < DailyApiRequests.Max);
    assert.equal(connection.limitInfo.apiUsage.limit, DailyApiRequests.Max);
    assert.ok((await calls(admin))['GET /services/data/{version}/limits'] >= 1);
  });

  it('tells the two limits apart', async () => {
    const connection = await connect();
    await faults(admin, { kind: 'rate_limited', times: 1 });
    await assert.rejects(connection.query('SELECT Id FROM Lead'), refused('REQUEST_LIMIT_EXCEEDED', { message: 'TotalRequests Limit exceeded.' }));
    await faults(admin, { kind: 'rate_limited', code: 'ConcurrentRequests', times: 1 });
    await assert.rejects(connection.query('SELECT Id FROM Lead'), (error) => error.message.startsWith('ConcurrentRequests'));
  });

  it('tries again by itself when the vendor is away', async () => {
    const connection = await connect();
    await faults(admin, { kind: 'status', status: 503, times: 2 });
    assert.equal((await connection.query('SELECT Id FROM User LIMIT 1')).records.length, 1);
  });
});

describe('rows', () => {
  it('makes, reads, changes and deletes one, with its history', async () => {
    const connection = await connect();
    const { id, success } = await connection.sobject('Lead').create(lead({ FirstName: 'One' }));
    assert.ok(success);
    const made = await connection.sobject('Lead').retrieve(id);
    assert.equal(made.Name, 'One Suite');
    assert.equal(made.Status, 'Open - Not Contacted');
    assert.equal(made.OwnerId, connection.userInfo.id);
    const changed = await connection.sobject('Lead').update({ Id: id, Status: 'Working - Contacted' });
    assert.ok(changed.success);
    const { records } = await connection.query(`SELECT Field, OldValue, NewValue FROM LeadHistory WHERE LeadId = '${id}' AND Field = 'Status'`);
    assert.deepEqual([records[0].OldValue, records[0].NewValue], ['Open - Not Contacted', 'Working - Contacted']);
    await connection.sobject('Lead').destroy(id);
    await assert.rejects(connection.sobject('Lead').retrieve(id), refused('NOT_FOUND'));
    await assert.rejects(connection.sobject('Lead').destroy(id), refused('ENTITY_IS_DELETED'));
  });

  it('takes a snapshot each time an opportunity moves', async () => {
    const connection = await connect();
    const body = { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2030-01-31', Amount: 1000 };
    const { id } = await connection.sobject('Opportunity').create(body);
    await connection.sobject('Opportunity').update({ Id: id, StageName: 'Closed Won' });
    const won = await connection.sobject('Opportunity').retrieve(id);
    assert.deepEqual([won.IsWon, won.IsClosed, won.Probability, won.ExpectedRevenue], [true, true, 100, 1000]);
    const { records } = await connection.query(`SELECT StageName FROM OpportunityHistory WHERE OpportunityId = '${id}' ORDER BY Id`);
    assert.deepEqual(records.map(({ StageName }) => StageName), ['Prospecting', 'Closed Won']);
  });

  it('maps every refusal to its code', async () => {
    const connection = await connect();
    const make = (object, body) => connection.sobject(object).create(body);
    await assert.rejects(make('Lead', { FirstName: 'x' }), refused('REQUIRED_FIELD_MISSING'));
    await assert.rejects(make('Lead', lead({ Email: 'nope' })), refused('INVALID_EMAIL_ADDRESS'));
    await assert.rejects(make('Lead', lead({ Status: 'Nope' })), refused('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'));
    await assert.rejects(make('Lead', lead({ Nope: 1 })), refused('INVALID_FIELD'));
    await assert.rejects(make('Lead', lead({ IsConverted: true })), refused('INVALID_FIELD_FOR_INSERT_UPDATE'));
    await assert.rejects(make('Lead', lead({ LastName: 'x'.repeat(81) })), refused('STRING_TOO_LONG'));
    await assert.rejects(make('Lead', lead({ OwnerId: 'nope' })), refused('MALFORMED_ID'));
    await assert.rejects(make('Lead', lead({ DoNotCall: 'maybe' })), refused('JSON_PARSER_ERROR'));
    await assert.rejects(make('Contact', { LastName: 'x', AccountId: '001zzzzzzzzzzzz' }), refused('INVALID_CROSS_REFERENCE_KEY'));
    const { records } = await connection.query('SELECT Id FROM Lead WHERE IsConverted = true LIMIT 1');
    const converted = { Id: records[0].Id, Title: 'x' };
    await assert.rejects(connection.sobject('Lead').update(converted), refused('CANNOT_UPDATE_CONVERTED_LEAD'));
    await assert.rejects(connection.requestPut('/sobjects/Lead', lead()), refused('METHOD_NOT_ALLOWED'));
  });

  it('upserts by an external id', async () => {
    const connection = await connect();
    const described = await connection.sobject('Lead').describe();
    const key = described.fields.find(({ externalId }) => externalId)?.name ?? 'Email';
    const value = key === 'Email' ? 'upsert@example.com' : 'upsert-1';
    const made = await connection.sobject('Lead').upsert(lead({ [key]: value }), key);
    assert.equal(made.created, true);
    const again = await connection.sobject('Lead').upsert(lead({ [key]: value, LastName: 'Again' }), key);
    assert.equal(again.created, false);
    assert.equal(again.id, made.id);
    await assert.rejects(connection.sobject('Lead').upsert(lead({ Title: 'x' }), 'Title'), refused('NOT_FOUND'));
  });

  it('answers several matches with their addresses', async () => {
    const connection = await connect();
    const email = 'twins@example.com';
    for (const LastName of ['Castor', 'Pollux']) await connection.sobject('Lead').create(lead({ LastName, Email: email }));
    await assert.rejects(connection.sobject('Lead').upsert({ Email: email, LastName: 'x' }, 'Email'), (error) => {
      assert.equal(error.name, 'MULTIPLE_CHOICES');
      return true;
    });
  });

  it('adds a member to a campaign once', async () => {
    const connection = await connect();
    const { records } = await connection.query('SELECT Id FROM Campaign LIMIT 1');
    const { id } = await connection.sobject('Lead').create(lead());
    const member = { CampaignId: records[0].Id, LeadId: id };
    await connection.sobject('CampaignMember').create(member);
    await assert.rejects(connection.sobject('CampaignMember').create(member), refused('DUPLICATE_VALUE'));
  });
});

describe('conversion', () => {
  it('makes a contact, an account and an opportunity of a lead', async () => {
    const connection = await connect();
    const { id } = await connection.sobject('Lead').create(lead({ LastName: 'Convert' }));
    const [status] = (await connection.query('SELECT ApiName FROM LeadStatus WHERE IsConverted = true')).records;
    const result = await connection.soap.convertLead({ leadId: id, convertedStatus: status.ApiName });
    assert.equal(String(result.success), 'true');
    const read = await connection.sobject('Lead').retrieve(id);
    assert.deepEqual(
      [read.IsConverted, read.ConvertedContactId, read.ConvertedAccountId, read.ConvertedOpportunityId],
      [true, result.contactId, result.accountId, result.opportunityId],
    );
    const again = await connection.soap.convertLead({ leadId: id, convertedStatus: status.ApiName });
    assert.equal(again.errors[0].statusCode, 'CANNOT_UPDATE_CONVERTED_LEAD');
  });
});

describe('collections', () => {
  it('makes, reads, changes and deletes many', async () => {
    const connection = await connect();
    const made = await connection.sobject('Lead').create([lead(), lead({ Email: 'nope' }), lead()]);
    assert.deepEqual(made.map(({ success }) => success), [true, false, true]);
    assert.equal(made[1].errors[0].statusCode, 'INVALID_EMAIL_ADDRESS');
    const ids = [made[0].id, made[2].id];
    const read = await connection.sobject('Lead').retrieve(ids, { fields: ['Id', 'Name'] });
    assert.deepEqual(read.map(({ Id }) => Id), ids);
    const changed = await connection.sobject('Lead').update(ids.map((Id) => ({ Id, Title: 'Buyer' })));
    assert.ok(changed.every(({ success }) => success));
    const gone = await connection.sobject('Lead').destroy(ids);
    assert.ok(gone.every(({ success }) => success));
  });

  it('takes all back when one fails and all or none was asked for', async () => {
    const connection = await connect();
    const made = await connection.sobject('Lead').create([lead({ LastName: 'Undone' }), { LastName: 'x' }], { allOrNone: true });
    assert.equal(made[0].errors[0].statusCode, 'ALL_OR_NONE_OPERATION_ROLLED_BACK');
    assert.equal(made[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
    assert.equal((await connection.query("SELECT Id FROM Lead WHERE LastName = 'Undone'")).totalSize, 0);
  });
});

describe('composite calls', () => {
  const part = (referenceId, method, path, body) => ({ referenceId, method, url: `/services/data/v65.0${path}`, body });

  it('lets later parts refer to earlier ones', async () => {
    const connection = await connect();
    const { compositeResponse } = await connection.requestPost('/services/data/v65.0/composite', {
      allOrNone: true,
      compositeRequest: [
        part('lead', 'POST', '/sobjects/Lead', lead()),
        part('task', 'POST', '/sobjects/Task', { WhoId: '@{lead.id}', Subject: 'Call' }),
        part('read', 'GET', "/query?q=SELECT+Subject,Who.Type+FROM+Task+WHERE+WhoId='@{lead.id}'"),
      ],
    });
    assert.deepEqual(compositeResponse.map(({ httpStatusCode }) => httpStatusCode), [201, 201, 200]);
    assert.equal(compositeResponse[2].body.records[0].Who.Type, 'Lead');
    assert.match(compositeResponse[0].httpHeaders.Location, /^\/services\/data\/v65\.0\/sobjects\/Lead\/00Q/);
  });

  it('takes all back when a part fails', async () => {
    const connection = await connect();
    const { compositeResponse } = await connection.requestPost('/services/data/v65.0/composite', {
      allOrNone: true,
      compositeRequest: [
        part('one', 'POST', '/sobjects/Lead', lead({ LastName: 'Halted' })),
        part('two', 'POST', '/sobjects/Lead', { LastName: 'x' }),
      ],
    });
    assert.equal(compositeResponse[0].body[0].errorCode, 'PROCESSING_HALTED');
    assert.equal(compositeResponse[1].body[0].errorCode, 'REQUIRED_FIELD_MISSING');
    assert.equal((await connection.query("SELECT Id FROM Lead WHERE LastName = 'Halted'")).totalSize, 0);
  });

  it('runs a batch, a graph and a tree', async () => {
    const connection = await connect();
    const batch = await connection.requestPost('/services/data/v65.0/composite/batch', {
      haltOnError: true,
      batchRequests: ['limits', 'sobjects/Nope/describe', 'limits'].map((path) => ({ method: 'GET', url: `v65.0/${path}` })),
    });
    assert.deepEqual(batch.results.map(({ statusCode }) => statusCode), [200, 404, 412]);
    const graph = await connection.requestPost('/services/data/v65.0/composite/graph', {
      graphs: [{ graphId: 'g', compositeRequest: [part('lead', 'POST', '/sobjects/Lead', lead())] }],
    });
    assert.equal(graph.graphs[0].isSuccessful, true);
    const tree = await connection.requestPost('/services/data/v65.0/composite/tree/Account', {
      records: [
        {
          attributes: { type: 'Account', referenceId: 'a' },
          Name: 'Tree Ltd',
          Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'c' }, LastName: 'Leaf' }] },
        },
      ],
    });
    assert.equal(tree.hasErrors, false);
    assert.equal(tree.results.length, 2);
  });
});

describe('change feeds', () => {
  it('tells what was updated and deleted', async () => {
    const connection = await connect();
    const [kept, gone] = await connection.sobject('Lead').create([lead(), lead()]);
    await connection.sobject('Lead').destroy(gone.id);
    const start = new Date(Date.now() - 3600e3).toISOString();
    const end = new Date(Date.now() + 120e3).toISOString();
    const updated = await connection.sobject('Lead').updated(start, end);
    assert.ok(updated.ids.includes(kept.id) && !updated.ids.includes(gone.id));
    const deleted = await connection.sobject('Lead').deleted(start, end);
    assert.ok(deleted.deletedRecords.some(({ id }) => id === gone.id));
    await assert.rejects(connection.sobject('Lead').updated(end, start), refused('INVALID_REPLICATION_DATE'));
  });
});
