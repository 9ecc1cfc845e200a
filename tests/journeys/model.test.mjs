// The names that everybody relies on: entities, fields with their types, pipelines, stages, roles, labels in
// both languages. A field may be added; one of these may not go or change its type.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

// t text, l long text, i integer, d decimal, m money, b boolean, D date, T time, c choice, r reference,
// x many-to-many (attributes in brackets), L labelled list, f formula, a any record, p file, j JSON, y children
const types = { t: ['text'], l: ['long_text'], i: ['integer'], d: ['decimal'], m: ['money'], b: ['boolean'], D: ['date'], T: ['time'], c: ['choice'], r: ['ref'], x: ['links'], L: ['labelled'], f: ['formula'], a: ['ref_any'], p: ['file'], j: ['json', 'text'], y: ['children'] }
const everywhere = 'created_at:T created_by:r>user updated_at:T updated_by:r>user deleted_at:T owner:r>user team:r>team external_id:t tags:x>tag followers:x>user version:i'
const model = {
  user: 'login:t name:t emails:L phones:L active:b manager:r>user team:r>team role:r>role language:t zone:t kind:c',
  team: 'name:t parent:r>team head:r>user region:c',
  directory_item: 'directory:r>directory code:t label:t', currency_rate: 'currency:r>currency on:D rate:d', tag: 'name:t',
  pipeline: 'entity:t name:t position:i', stage: 'pipeline:r>pipeline name:t position:i kind:c probability:i limit_days:i required_fields:j allowed_moves:j phase:t',
  stage_change: 'entity:t record:a pipeline:r>pipeline from:r>stage to:r>stage at:T seconds:i actor:r>user reverted:b',
  organization: 'name:t legal_name:t kind:c industry:c employees:i annual_revenue:m founded_year:i country:c website:t tax_id:t registration_number:t emails:L phones:L addresses:L parent:r>organization source:c lifecycle_stage:c bank_details:l segments:x>segment description:l',
  contact: 'last_name:t first_name:t middle_name:t name:f job_title:t organizations:x>organization[role,department,primary,started_on,ended_on] organization:r>organization emails:L phones:L messengers:L addresses:L birthday:D gender:c language:t zone:t source:c interest:t consents:j do_not_call:b photo:p reports_to:r>contact relations:x>contact[kind,date] preferences:j segments:x>segment description:l',
  activity: 'kind:c subject:t body:l about:a participants:x>contact organization:r>organization due_at:T starts_at:T ends_at:T all_day:b done_at:T status:c percent:i postponed_count:i priority:c direction:c duration_seconds:i outcome:c location:t recurrence:j reminders:j recording:p',
  comment: 'about:a body:l', segment: 'name:t entity:t', saved_view: 'name:t entity:t',
  lead: 'last_name:t first_name:t organization_name:t emails:L phones:L pipeline:r>pipeline stage:r>stage source:c utm_source:t utm_medium:t utm_campaign:t utm_term:t utm_content:t referrer:t form:t interest:t amount:m score:i first_response_at:T respond_by:T lost_reason:c converted_at:T converted_contact:r>contact converted_organization:r>organization converted_deal:r>deal',
  deal: 'name:t organization:r>organization contact:r>contact contacts:x>contact[role] colleagues:x>user[role] pipeline:r>pipeline stage:r>stage stage_since:T probability:i amount:m expected_on:D started_on:D closed_on:D lead:r>lead source:c forecast_category:c lost_reason:c competitor:r>organization where_it_stopped:t next_step:t product:r>product lines:y>deal_line segments:x>segment description:l',
  product: 'code:t name:t category:c series:c unit:c cost:m price:m tax:c active:b description:l image:p',
  deal_line: 'deal:r>deal product:r>product name:t quantity:d unit:c price:m cost:m discount_percent:d tax:c',
}
const stages = {
  deal: ['Sales', [['Prospecting', 'open'], ['Qualified', 'open'], ['Proposal', 'open'], ['Negotiation', 'open'], ['Won', 'won'], ['Lost', 'lost']]],
  lead: ['Leads', [['New', 'open'], ['In work', 'open'], ['Converted', 'won'], ['Refused', 'lost']]],
}

onEngines('model', {}, async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
}, (test, c) => {
  const meta = async (language) => (await c.root.request('GET', 'meta', { headers: { 'Accept-Language': language } })).body

  test('entities, fields and types', async () => {
    const { entities } = await meta('en')
    const faults = []
    for (const [name, list] of Object.entries(model)) {
      const entity = entities.find((one) => one.name === name)
      if (!entity) { faults.push(`no entity ${name}`); continue }
      for (const wanted of `${list} ${name === 'deal_line' ? 'external_id:t' : everywhere}`.split(' ')) {
        const [, field, letter, ref, attributes] = wanted.match(/^(\w+):(\w)(?:>(\w+))?(?:\[(.*)\])?$/)
        const found = entity.fields.find((one) => one.name === field)
        if (!found) faults.push(`no ${name}.${field}`)
        else if (!types[letter].includes(found.type)) faults.push(`${name}.${field} is ${found.type}, not ${types[letter][0]}`)
        else if (ref && found.ref !== ref) faults.push(`${name}.${field} refers to ${found.ref}, not ${ref}`)
        for (const attribute of attributes?.split(',') ?? []) if (!JSON.stringify(found).includes(`"${attribute}"`)) faults.push(`no ${name}.${field}[${attribute}]`)
      }
    }
    assert.deepEqual(faults, [])
  })

  test('labels stand in both languages', async () => {
    const [en, ru] = [await meta('en'), await meta('ru')]
    for (const [at, entity] of en.entities.entries()) {
      const other = ru.entities[at]
      assert.match(other.label, /[а-яА-Я]/, entity.name)
      assert.doesNotMatch(entity.label, /[а-яА-Я]/, entity.name)
      for (const [i, field] of entity.fields.entries()) if (!/^(UTM|ID|URL|SKU|SHA)/i.test(other.fields[i].label)) assert.match(other.fields[i].label, /[а-яА-Я]/, `${entity.name}.${field.name}: ${other.fields[i].label}`)
    }
  })

  test('pipelines, stages, roles', async () => {
    for (const [entity, [, wanted]] of Object.entries(stages)) {
      const found = (await c.root.all('stage', { where: `pipeline.entity == "${entity}"`, sort: 'position', fields: 'name,kind,label_ru' }))
      assert.deepEqual(found.map((stage) => [stage.name, stage.kind]), wanted)
      for (const stage of found) assert.match(stage.label_ru, /[а-яА-Я]/)
      const record = await c.root.create(entity, entity === 'deal' ? { name: 'Fresh' } : { last_name: 'Fresh' })
      assert.deepEqual([record.stage.title, record.owner.title], [wanted[0][0], 'root'])
    }
    const roles = (await c.root.all('role', { fields: 'name,label_ru' })).map((role) => role.name)
    for (const role of ['admin', 'head', 'sales', 'marketing', 'support', 'reader']) assert.ok(roles.includes(role), role)
  })

  test('required are only the names; a move to won or lost sets its day', async () => {
    for (const [entity, field] of [['organization', 'name'], ['deal', 'name'], ['product', 'name'], ['contact', 'last_name'], ['lead', 'last_name'], ['activity', 'subject']]) {
      assert.equal((await c.root.refused(422, 'required', 'POST', `records/${entity}`, { body: {} })).field, field)
      await c.root.create(entity, { [field]: ' ' })
    }
    const deal = await c.root.create('deal', { name: 'Moves', tax_id: undefined })
    const won = (await c.root.all('stage', { where: 'pipeline.entity == "deal" and kind == "won"' }))[0]
    assert.match((await c.root.patch('deal', deal.id, { stage: won.id })).closed_on, /^\d{4}-\d\d-\d\d$/)
    const early = await c.root.create('deal', { name: 'Early', stage: won.id, closed_on: '2020-02-29' })
    assert.equal(early.closed_on, '2020-02-29')
    await c.root.create('organization', { name: 'Free form', tax_id: 'not a number', website: 'nowhere', phones: [{ value: 'call me' }] })
  })
})
