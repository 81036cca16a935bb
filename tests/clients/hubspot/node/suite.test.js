// The vendor's own Node library, unmodified, against the pretend HubSpot.
'use strict'

const { after, afterEach, before, describe, it } = require('node:test')
const assert = require('node:assert/strict')
const { Client } = require('@hubspot/api-client')
const { start } = require('./sandbox.js')

let sandbox
let hs
const client = (accessToken, numberOfApiCallRetries = 3) =>
  new Client({ accessToken, basePath: sandbox.url, numberOfApiCallRetries })
const refused = async (call, code) => {
  let answer
  await assert.rejects(call, (error) => {
    answer = error
    return error.code === code
  })
  return answer.body
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

before(async () => {
  sandbox = await start()
  hs = client(sandbox.credentials.token)
})
after(() => sandbox?.stop())
afterEach(() => sandbox.mend())

describe('reading', () => {
  it('walks all pages with getAll, nothing twice, nothing missing', async () => {
    const all = await hs.crm.contacts.getAll(100, undefined, ['email', 'lifecyclestage'])
    const ids = new Set(all.map((contact) => contact.id))
    assert.equal(all.length, 127)
    assert.equal(ids.size, 127)
    assert.equal(all[0].properties.lifecyclestage, 'lead')
    assert.ok(all[0].createdAt instanceof Date)
  })

  it('lists archived records only when asked', async () => {
    const page = await hs.crm.contacts.basicApi.getPage(10, undefined, undefined, undefined, undefined, true)
    assert.deepEqual(page.results.map((contact) => contact.id), ['1040', '1080', '1120'])
    assert.equal(page.results[0].archived, true)
    assert.ok(page.results[0].archivedAt instanceof Date)
  })

  it('shows associations and history of one record', async () => {
    const ada = await hs.crm.contacts.basicApi.getById('1001', ['tier'], ['lifecyclestage'], ['companies', 'deals'])
    assert.equal(ada.properties.tier, null)
    assert.deepEqual(ada.propertiesWithHistory.lifecyclestage.map((version) => version.value), ['lead', 'subscriber'])
    assert.equal(ada.propertiesWithHistory.lifecyclestage[0].updatedByUserId, 9586504)
    assert.ok(ada.propertiesWithHistory.lifecyclestage[0].timestamp instanceof Date)
    assert.equal(ada.associations.companies.results[0].id, '501')
    assert.equal(ada.associations.deals.results[0].id, '701')
  })

  it('finds a contact by a secondary address', async () => {
    const contact = await hs.crm.contacts.basicApi.getById(
      'ada.old@example.com', ['email'], undefined, undefined, false, 'email')
    assert.equal(contact.id, '1010')
  })

  it('reads a batch by e-mail with history, and tells what is missing with 207', async () => {
    const answer = await hs.crm.contacts.batchApi.read({
      idProperty: 'email',
      inputs: [{ id: 'ben.brandt1@example.com' }, { id: 'cleo.costa2@example.com' }, { id: 'nobody@example.com' }],
      properties: ['email'],
      propertiesWithHistory: ['lifecyclestage'],
    })
    assert.equal(answer.constructor.name, 'BatchResponseSimplePublicObjectWithErrors')
    assert.deepEqual(answer.results.map((contact) => contact.id).sort(), ['1001', '1002'])
    assert.equal(answer.numErrors, 1)
    assert.deepEqual(answer.errors[0].context.ids, ['nobody@example.com'])
    const ben = answer.results.find((contact) => contact.id === '1001')
    assert.equal(ben.propertiesWithHistory.lifecyclestage.length, 2)
  })

  it('reads a batch without errors as a plain batch', async () => {
    const answer = await hs.crm.contacts.batchApi.read({
      inputs: [{ id: '1001' }], properties: ['email'], propertiesWithHistory: [],
    })
    assert.equal(answer.constructor.name, 'BatchResponseSimplePublicObject')
    assert.ok(answer.startedAt instanceof Date)
  })

  it('reads deals with what they take from their stage', async () => {
    const deal = await hs.crm.deals.basicApi.getById('701', ['amount', 'hs_is_closed_won', 'hs_deal_stage_probability'])
    assert.equal(deal.properties.hs_is_closed_won, 'true')
    assert.equal(deal.properties.hs_deal_stage_probability, '1.0')
    assert.equal(deal.properties.amount, '1200.5')
  })

  it('reads engagements as objects', async () => {
    const page = await hs.crm.objects.calls.basicApi.getPage(10, undefined, ['hs_call_duration'])
    assert.equal(page.results[0].properties.hs_call_duration, '63000')
  })
})

describe('searching', () => {
  it('filters, sorts and pages', async () => {
    const request = (after) => ({
      filterGroups: [{ filters: [{ propertyName: 'lifecyclestage', operator: 'EQ', value: 'customer' }] }],
      sorts: ['-hubspotscore'],
      properties: ['hubspotscore'],
      limit: 20,
      after,
    })
    const first = await hs.crm.contacts.searchApi.doSearch(request('0'))
    assert.equal(first.total, 26)
    assert.equal(first.results[0].properties.hubspotscore, '129')
    const second = await hs.crm.contacts.searchApi.doSearch(request(first.paging.next.after))
    assert.equal(second.results.length, 6)
    assert.equal(second.paging, undefined)
  })

  it('takes lower-case values for IN', async () => {
    const search = (value) => hs.crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'salesforceleadid', operator: 'IN', values: [value] }] }],
      sorts: [], properties: ['email'], limit: 10, after: '0',
    })
    assert.equal((await search('00q5e0000000003aaa')).results[0].id, '1003')
    assert.equal((await search('00Q5e0000000003AAA')).total, 0)
  })

  it('sees a new record only after a while', async () => {
    const email = 'brand.new@example.com'
    const created = await hs.crm.contacts.basicApi.create({ properties: { email }, associations: [] })
    const search = () => hs.crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: email }] }],
      sorts: [], properties: ['email'], limit: 10, after: '0',
    })
    assert.equal((await search()).total, 0)
    let found = 0
    for (let tries = 0; tries < 20 && found === 0; tries++) {
      await sleep(1000)
      found = (await search()).total
    }
    assert.equal(found, 1)
    await hs.crm.contacts.basicApi.archive(created.id)
  })

  it('refuses to page beyond ten thousand', async () => {
    const body = await refused(
      hs.crm.contacts.searchApi.doSearch({ filterGroups: [], sorts: [], properties: [], limit: 100, after: '9950' }), 400)
    assert.equal(body.category, 'VALIDATION_ERROR')
  })
})

describe('writing', () => {
  it('creates, changes, archives', async () => {
    const created = await hs.crm.contacts.basicApi.create({
      properties: { email: 'Walter@Example.com', firstname: 'Walter', lifecyclestage: 'lead' },
      associations: [{ to: { id: '501' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 279 }] }],
    })
    assert.equal(created.properties.email, 'walter@example.com')
    const changed = await hs.crm.contacts.basicApi.update(created.id, { properties: { lifecyclestage: 'customer' } })
    assert.equal(changed.properties.lifecyclestage, 'customer')
    const back = await hs.crm.contacts.basicApi.update(created.id, { properties: { lifecyclestage: 'lead' } })
    assert.equal(back.properties.lifecyclestage, 'customer')
    const read = await hs.crm.contacts.basicApi.getById(
      created.id, ['hs_v2_date_entered_customer'], ['lifecyclestage'], ['companies'])
    assert.deepEqual(read.propertiesWithHistory.lifecyclestage.map((version) => version.value), ['customer', 'lead'])
    assert.equal(read.propertiesWithHistory.lifecyclestage[0].sourceType, 'INTEGRATION')
    assert.ok(read.properties.hs_v2_date_entered_customer)
    assert.equal(read.associations.companies.results[0].id, '501')
    await hs.crm.contacts.basicApi.archive(created.id)
    await refused(hs.crm.contacts.basicApi.getById(created.id), 404)
  })

  it('creates, changes, upserts and archives batches', async () => {
    const created = await hs.crm.contacts.batchApi.create({
      inputs: [1, 2].map((n) => ({ properties: { email: `batch${n}@example.com` }, associations: [] })),
    })
    const ids = created.results.map((contact) => contact.id)
    assert.equal(ids.length, 2)
    const changed = await hs.crm.contacts.batchApi.update({
      inputs: ids.map((id) => ({ id, properties: { firstname: 'Batch' } })),
    })
    assert.deepEqual(changed.results.map((contact) => contact.properties.firstname), ['Batch', 'Batch'])
    const upserted = await hs.crm.contacts.batchApi.upsert({
      inputs: [1, 3].map((n) => ({ id: `batch${n}@example.com`, idProperty: 'email', properties: { lastname: 'Up' } })),
    })
    assert.deepEqual(upserted.results.map((contact) => contact._new), [false, true])
    await hs.crm.contacts.batchApi.archive({ inputs: upserted.results.map(({ id }) => ({ id })) })
    await hs.crm.contacts.batchApi.archive({ inputs: ids.map((id) => ({ id })) })
  })

  it('merges into a new id that both old ids lead to', async () => {
    const merged = await hs.crm.contacts.basicApi.merge({ primaryObjectId: '1101', objectIdToMerge: '1102' })
    assert.notEqual(merged.id, '1101')
    for (const id of ['1101', '1102']) {
      const survivor = await hs.crm.contacts.basicApi.getById(id, ['hs_merged_object_ids', 'hs_additional_emails'])
      assert.equal(survivor.id, merged.id)
      assert.equal(survivor.properties.hs_merged_object_ids, '1101;1102')
      assert.match(survivor.properties.hs_additional_emails, /102@example\.com$/)
    }
    const old = await hs.crm.contacts.basicApi.getById('900')
    assert.equal(old.id, '1003')
  })

  it('forgets a contact for good', async () => {
    await hs.crm.contacts.basicApi.create({ properties: { email: 'forget@example.com' }, associations: [] })
    await hs.crm.contacts.basicApi.purge({ objectId: 'forget@example.com', idProperty: 'email' })
    await refused(hs.crm.contacts.basicApi.getById(
      'forget@example.com', undefined, undefined, undefined, false, 'email'), 404)
  })
})

describe('associations', () => {
  it('lists one record with labels', async () => {
    const page = await hs.crm.associations.v4.basicApi.getPage('contacts', '1001', 'companies')
    assert.equal(page.results.length, 1)
    assert.equal(Number(page.results[0].toObjectId), 501)
    assert.deepEqual(page.results[0].associationTypes.map((type) => [type.typeId, type.label]), [[279, null], [1, 'Primary']])
  })

  it('reads batches, and says with 207 who has none', async () => {
    const answer = await hs.crm.associations.v4.batchApi.getPage('contacts', 'companies', {
      inputs: [{ id: '1001' }, { id: '1002' }, { id: '1003' }],
    })
    assert.deepEqual(answer.results.map((result) => result._from.id), ['1001', '1002'])
    assert.equal(answer.results[1].to.length, 2)
    assert.equal(answer.errors[0].subCategory, 'crm.associations.NO_ASSOCIATIONS_FOUND')
  })

  it('creates and removes', async () => {
    const made = await hs.crm.associations.v4.batchApi.create('contacts', 'companies', {
      inputs: [{ _from: { id: '1005' }, to: { id: '502' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }] }],
    })
    assert.equal(made.results.length, 1)
    await hs.crm.associations.v4.basicApi.createDefault('contacts', '1005', 'deals', '702')
    const contact = await hs.crm.contacts.basicApi.getById('1005', ['associatedcompanyid', 'num_associated_deals'])
    assert.equal(contact.properties.associatedcompanyid, '502')
    assert.equal(contact.properties.num_associated_deals, '1')
    await hs.crm.associations.v4.batchApi.archive('contacts', 'companies', {
      inputs: [{ _from: { id: '1005' }, to: [{ id: '502' }] }],
    })
    const none = await hs.crm.associations.v4.basicApi.getPage('contacts', '1005', 'companies')
    assert.deepEqual(none.results, [])
  })

  it('still reads the older version', async () => {
    const answer = await hs.crm.associations.batchApi.read('contacts', 'companies', { inputs: [{ id: '1001' }] })
    assert.equal(answer.results[0].to[0].type, 'contact_to_company')
  })
})

describe('settings of the portal', () => {
  it('lists owners, archived ones apart', async () => {
    const owners = await hs.crm.owners.ownersApi.getPage()
    assert.deepEqual(owners.results.map((owner) => owner.type), ['PERSON', 'QUEUE'])
    assert.equal(owners.results[0].userId, 9586504)
    const left = await hs.crm.owners.ownersApi.getPage(undefined, undefined, 100, true)
    assert.equal(left.results[0].userId, null)
    assert.equal(left.results[0].userIdIncludingInactive, 9586505)
    const olga = await hs.crm.owners.ownersApi.getById(9586504, 'userId')
    assert.equal(olga.email, 'olga@leadline.example')
  })

  it('lists pipelines with their stages', async () => {
    const pipelines = await hs.crm.pipelines.pipelinesApi.getAll('deals')
    assert.equal(pipelines.results[0].id, 'default')
    const won = pipelines.results[0].stages.find((stage) => stage.id === 'closedwon')
    assert.deepEqual(won.metadata, { probability: '1.0', isClosed: 'true' })
  })

  it('lists, creates and archives properties', async () => {
    const all = await hs.crm.properties.coreApi.getAll('contacts')
    const tier = all.results.find((property) => property.name === 'tier')
    assert.deepEqual(tier.options.map((option) => option.value), ['gold', 'silver'])
    const owner = all.results.find((property) => property.name === 'hubspot_owner_id')
    assert.equal(owner.referencedObjectType, 'OWNER')
    const made = await hs.crm.properties.coreApi.create('contacts', {
      name: 'badge', label: 'Badge', type: 'string', fieldType: 'text', groupName: 'contactinformation', hasUniqueValue: true,
    })
    assert.equal(made.hasUniqueValue, true)
    await hs.crm.properties.coreApi.archive('contacts', 'badge')
    await refused(hs.crm.properties.coreApi.getByName('contacts', 'badge'), 404)
  })

  it('lists members of lists', async () => {
    const found = await hs.crm.lists.listsApi.doSearch({ query: 'news', offset: 0, count: 20, additionalProperties: [] })
    assert.equal(found.lists[0].listId, '11')
    const members = await hs.crm.lists.membershipsApi.getPage('11', undefined, undefined, 100)
    assert.deepEqual(members.results.map((member) => String(member.recordId)), ['1001', '1002'])
    const lists = await hs.crm.lists.membershipsApi.getLists('0-1', '1002')
    assert.deepEqual(lists.results.map((list) => list.listId), ['11', '12'])
  })
})

describe('marketing', () => {
  it('lists forms and marketing e-mails', async () => {
    const forms = await hs.marketing.forms.formsApi.getPage()
    assert.equal(forms.results[0].name, 'Newsletter')
    const mails = await hs.marketing.emails.marketingEmailsApi.getPage()
    assert.equal(mails.results[0].name, 'January news')
  })

  it('answers the paths the library has no names for', async () => {
    const get = async (path) => (await hs.apiRequest({ path })).json()
    const events = await get('/email/public/v1/events?recipient=ben.brandt1@example.com&limit=2')
    assert.deepEqual(events.events.map((event) => event.type), ['CLICK', 'OPEN'])
    assert.equal(events.hasMore, true)
    const more = await get(`/email/public/v1/events?recipient=ben.brandt1@example.com&limit=2&offset=${events.offset}`)
    assert.deepEqual(more.events.map((event) => event.type), ['DELIVERED', 'SENT'])
    assert.equal(more.hasMore, false)
    const submissions = await get('/form-integrations/v1/submissions/forms/7f3f1f5e-0000-4000-8000-000000000001')
    assert.deepEqual(submissions.results.map((one) => one.values[0].value),
      ['cleo.costa2@example.com', 'ben.brandt1@example.com'])
    const bare = await get('/marketing/v3/campaigns')
    assert.deepEqual(bare.results[0].properties, {})
    const named = await get('/marketing/v3/campaigns?properties=hs_name,hs_notes')
    assert.deepEqual(named.results[0].properties, { hs_name: 'Winter' })
    const budget = await get('/marketing/v3/campaigns/e3a1a1f0-0000-4000-8000-000000000001/budget/totals')
    assert.equal(budget.remainingBudget, 3800)
    const account = await get('/account-info/v3/details')
    assert.equal(account.companyCurrency, 'USD')
  })
})

describe('limits and failures', () => {
  it('waits out the ten-second limit as the library does', async () => {
    await sandbox.forgetCalls()
    await sandbox.fault({ kind: 'rate_limited', code: 'TEN_SECONDLY_ROLLING', times: 1 })
    const started = Date.now()
    const contact = await hs.crm.contacts.basicApi.getById('1001')
    assert.equal(contact.id, '1001')
    assert.ok(Date.now() - started >= 9_500, 'the library waits ten seconds')
    assert.equal((await sandbox.calls()).total, 2)
  })

  it('waits out the search limit as the library does', async () => {
    await sandbox.fault({ kind: 'rate_limited', code: 'SECONDLY', times: 2, path: '/crm/v3/objects/contacts/search' })
    const found = await hs.crm.contacts.searchApi.doSearch(
      { filterGroups: [], sorts: [], properties: [], limit: 1, after: '0' })
    assert.equal(found.results.length, 1)
  })

  it('does not wait for the next day', async () => {
    await sandbox.fault({ kind: 'rate_limited', code: 'DAILY', times: 1 })
    const body = await refused(hs.crm.contacts.basicApi.getById('1001'), 429)
    assert.equal(body.policyName, 'DAILY')
    assert.equal(body.errorType, 'RATE_LIMIT')
    assert.equal(body.category, 'RATE_LIMITS')
  })

  it('runs into the search limit by itself, and not with other calls', async () => {
    const search = () => fetch(`${sandbox.url}/crm/v3/objects/contacts/search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.credentials.token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    await sleep(1100)
    const answers = await Promise.all(Array.from({ length: 8 }, search))
    const limited = answers.filter((answer) => answer.status === 429)
    assert.equal(limited.length, 3)
    assert.equal(limited[0].headers.get('x-hubspot-ratelimit-max'), null)
    assert.equal((await limited[0].json()).message, 'You have reached your secondly limit.')
    const other = await hs.apiRequest({ path: '/crm/v3/objects/contacts/1001' })
    assert.equal(other.headers.get('x-hubspot-ratelimit-max'), '190')
    assert.ok(Number(other.headers.get('x-hubspot-ratelimit-daily-remaining')) < 625000)
    await sleep(1100)
  })

  it('retries a failing server', async () => {
    await sandbox.fault({ kind: 'status', status: 502, times: 1 })
    assert.equal((await hs.crm.contacts.basicApi.getById('1001')).id, '1001')
  })

  it('maps what is wrong to codes', async () => {
    const missing = await refused(hs.crm.contacts.basicApi.getById('9999999'), 404)
    assert.equal(missing.category, 'OBJECT_NOT_FOUND')
    const taken = await refused(hs.crm.contacts.basicApi.create(
      { properties: { email: 'ben.brandt1@example.com' }, associations: [] }), 409)
    assert.equal(taken.message, 'Contact already exists. Existing ID: 1001')
    const unknown = await refused(hs.crm.contacts.basicApi.create(
      { properties: { email: 'x@example.com', nope: '1' }, associations: [] }), 400)
    assert.match(unknown.message, /^Property values were not valid: \[\{/)
    const stranger = await refused(client('pat-na1-nobody').crm.contacts.basicApi.getById('1001'), 401)
    assert.equal(stranger.category, 'INVALID_AUTHENTICATION')
    const narrow = client(sandbox.credentials.narrowToken)
    assert.equal((await narrow.crm.contacts.basicApi.getById('1001')).id, '1001')
    const forbidden = await refused(narrow.crm.companies.basicApi.getById('501'), 403)
    assert.equal(forbidden.category, 'MISSING_SCOPES')
  })
})

describe('OAuth', () => {
  it('refreshes a token, hears that it expired, and refreshes again', async () => {
    const { clientId, clientSecret, refreshToken } = sandbox.credentials
    const refresh = () => new Client({ basePath: sandbox.url }).oauth.tokensApi.create(
      'refresh_token', undefined, undefined, clientId, clientSecret, refreshToken)
    const first = await refresh()
    assert.equal(first.expiresIn, 1800)
    const user = client(first.accessToken)
    assert.equal((await user.crm.contacts.basicApi.getById('1001')).id, '1001')
    const info = await user.oauth.accessTokensApi.get(first.accessToken)
    assert.equal(info.tokenType, 'access')
    await sandbox.fault({ kind: 'expire_tokens_in_use' })
    const body = await refused(user.crm.contacts.basicApi.getById('1001'), 401)
    assert.equal(body.category, 'EXPIRED_AUTHENTICATION')
    assert.match(body.message, /^The OAuth token used to make this call expired \d+ second\(s\) ago\.$/)
    const second = await refresh()
    assert.notEqual(second.accessToken, first.accessToken)
    assert.equal((await client(second.accessToken).crm.contacts.basicApi.getById('1001')).id, '1001')
  })

  it('refuses a refresh token nobody issued', async () => {
    const { clientId, clientSecret } = sandbox.credentials
    const body = await refused(new Client({ basePath: sandbox.url }).oauth.tokensApi.create(
      'refresh_token', undefined, undefined, clientId, clientSecret, 'unknown'), 400)
    assert.equal(body.status, 'BAD_REFRESH_TOKEN')
  })
})
