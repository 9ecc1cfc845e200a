// Every route against every actor, generated from the OpenAPI document: a route without a line here fails
// the test. Whatever is asked, the answer has the status that the role gives, names no record that the
// actor may not read, and - since all of it is reading, trying or refused - leaves an identical dump.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'
import { dump, expected, kinds, may, people, rule, settle } from './support/company.mjs'

const actors = Object.keys(people)
const denied = [400, 403, 404, 405, 409, 422]
const csv = { 'Content-Type': 'text/csv' }
const missing = '2200000000000000000'

/** What a route is asked: a list of { path, body, headers, status: actor => wanted, not: actors left out, open: to anybody }. */
const whole = {
  'GET /healthz': () => [{ path: '/healthz', status: () => 200, open: true }],
  'GET /readyz': () => [{ path: '/readyz', status: () => 200, open: true }],
  'GET /metrics': () => [{ path: '/metrics', status: (actor) => (actor === 'root' ? 200 : [200, 401, 403]), open: true }],
  'GET /api/v1/meta': () => [{ path: 'meta', status: () => 200 }],
  'GET /api/v1/openapi.json': () => [{ path: 'openapi.json', status: () => 200 }],
  'GET /api/v1/schema': () => [{ path: 'schema', status: (actor) => (actor === 'root' ? 200 : [200, 403]) }],
  'GET /api/v1/settings': () => [{ path: 'settings', status: () => [200, 403] }],
  'PATCH /api/v1/settings': () => [{ path: 'settings', body: { language: 'ru' }, status: () => 403, not: ['root'] }],
  'GET /api/v1/me/settings': () => [{ path: 'me/settings', status: () => 200 }],
  'PATCH /api/v1/me/settings': () => [{ path: 'me/settings', body: {}, status: () => 200 }, { path: 'me/settings', body: [], status: () => 400 }],
  'GET /api/v1/me/calendar': () => [{ path: 'me/calendar', status: () => 200 }],
  'POST /api/v1/me/calendar': () => [{ path: 'me/calendar', status: () => 201 }],
  'DELETE /api/v1/me/calendar': () => [{ path: 'me/calendar', status: () => 204 }],
  'GET /api/v1/calendars/{token}': () => [{ path: `calendars/${'0'.repeat(64)}.ics`, status: () => 404, open: true }],
  'GET /api/v1/session': () => [{ path: 'session', status: () => 200 }],
  'POST /api/v1/session': () => [{ path: 'session', body: { login: 'ann', password: 'not the one' }, status: () => [401, 429], open: true }],
  'DELETE /api/v1/session': () => [{ path: 'session', status: () => [204, 400, 401, 403], open: true }],
  'POST /api/v1/session/link': () => [{ path: 'session/link', body: { link: 'x', password: 'correct horse battery staple' }, status: () => denied.concat(401, 429), open: true }],
  'POST /api/v1/session/password': () => [{ path: 'session/password', body: { old: 'not the one', password: 'x' }, status: () => denied.concat(401, 429) }],
  'POST /api/v1/session/view': () => [{ path: 'session/view', body: { as: 'role:sales' }, status: (actor) => (actor === 'root' ? 204 : 403) }, { path: 'session/view', body: { as: 'role:no_such' }, status: (actor) => (actor === 'root' ? 422 : 403) }, { path: 'session/view', body: {}, status: () => 400 }],
  'POST /api/v1/users/{id}/hand-over': (c) => [
    { path: `users/${missing}/hand-over`, body: {}, status: (actor) => (actor === 'root' ? 404 : 403) },
    { path: `users/${c.users.ann.id}/hand-over`, body: { dry: true }, status: (actor) => (actor === 'root' ? 200 : 403) },
  ],
  'GET /api/v1/sign-ins': () => [{ path: 'sign-ins', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'GET /api/v1/tokens': () => [{ path: 'tokens', status: () => 200 }],
  'POST /api/v1/tokens': () => [{ path: 'tokens', body: { expires_at: 'tomorrow' }, status: () => denied }],
  'DELETE /api/v1/tokens/{id}': () => [{ path: `tokens/${missing}`, status: () => 404 }],
  'GET /api/v1/live': () => [], // a stream: rights.test.mjs
  'GET /api/v1/jobs': () => [{ path: 'jobs', status: () => 200 }],
  'DELETE /api/v1/jobs/{id}': () => [{ path: `jobs/${missing}`, status: () => 404 }],
  'POST /api/v1/jobs/{id}/retry': () => [{ path: `jobs/${missing}/retry`, status: () => 404 }],
  'GET /api/v1/jobs/{id}': () => [{ path: `jobs/${missing}`, status: () => 404 }, { path: 'jobs/x', status: () => 404 }],
  'GET /api/v1/mails': () => [{ path: 'mails', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'POST /api/v1/mails/test': () => [{ path: 'mails/test', body: { to: 'nobody' }, status: (actor) => (actor === 'root' ? 400 : 403) }],
  'GET /api/v1/mails/{id}': () => [{ path: `mails/${missing}`, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'DELETE /api/v1/mails/{id}': () => [{ path: `mails/${missing}`, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'POST /api/v1/mails/{id}/retry': () => [{ path: `mails/${missing}/retry`, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'GET /api/v1/runs': () => [{ path: 'runs', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'GET /api/v1/runs/{id}': () => [{ path: `runs/${missing}`, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'POST /api/v1/runs/{id}/resume': () => [{ path: `runs/${missing}/resume`, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'GET /api/v1/me/notifications': () => [{ path: 'me/notifications', status: () => 200 }],
  'POST /api/v1/me/notifications/read': () => [{ path: 'me/notifications/read', body: {}, status: () => 200 }, { path: 'me/notifications/read', body: { ids: 1 }, status: () => 400 }],
  'GET /api/v1/demo': () => [{ path: 'demo', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'POST /api/v1/demo': () => [{ path: 'demo', body: { size: 0 }, status: (actor) => (actor === 'root' ? 400 : 403) }],
  'DELETE /api/v1/demo': () => [{ path: 'demo', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'GET /api/v1/ui': () => [{ path: 'ui', status: () => 200 }],
  'GET /api/v1/ui/{view}': () => [{ path: 'ui/no_such', status: () => 404 }, { path: 'ui/deal_board', status: () => 404 }],
  'GET /ui/{owner}/{digest}/{file}': () => [{ path: '/ui/sales/0/x.mjs', status: () => 404, open: true }],
  'GET /api/v1/scripts': () => [{ path: 'scripts', status: (actor) => (actor === 'root' ? 200 : 403) }],
  ...Object.fromEntries(['stop', 'start', 'dry-run'].map((word) => [`POST /api/v1/scripts/${word}`, () => [{ path: `scripts/${word}`, body: { script: 'scripts/no_such' }, status: (actor) => (actor === 'root' ? 404 : 403) }]])),
  'POST /api/v1/hooks/{path}': () => [{ path: 'hooks/scripts/none/x', body: {}, status: () => 404, open: true }],
  'GET /api/v1/scripts/webhooks': () => [{ path: 'scripts/webhooks', status: (actor) => (actor === 'root' ? 200 : 403) }],
  ...Object.fromEntries(['user', 'secret'].map((word) => [`POST /api/v1/scripts/webhooks/${word}`, () => [{ path: `scripts/webhooks/${word}`, body: { script: 'scripts/no_such', name: 'x', user: 'root' }, status: (actor) => (actor === 'root' ? 404 : 403) }]])),
  'POST /api/v1/scripts/reload': () => [{ path: 'scripts/reload', body: { script: 'scripts/no_such' }, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'POST /api/v1/scripts/back': () => [{ path: 'scripts/back', body: { script: 'scripts/no_such', version: 'ff' }, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'GET /api/v1/scripts/versions': () => [{ path: 'scripts/versions?script=scripts/no_such', status: (actor) => (actor === 'root' ? 404 : 403) }],
  'GET /api/v1/scripts/list': () => [{ path: 'scripts/list', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'GET /api/v1/scripts/text': () => [{ path: 'scripts/text?script=scripts/no_such', status: (actor) => (actor === 'root' ? 404 : 403) }],
  ...Object.fromEntries(['check', 'test', 'save'].map((word) => [`POST /api/v1/scripts/${word}`, () => [{ path: `scripts/${word}`, body: { script: 'scripts/no such', text: '' }, status: (actor) => (actor === 'root' ? 400 : 403) }]])),
  'POST /api/v1/scripts/remove': () => [{ path: 'scripts/remove', body: { script: 'scripts/no_such' }, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'GET /api/v1/plugins': () => [{ path: 'plugins', status: (actor) => (actor === 'root' ? 200 : 403) }],
  'POST /api/v1/plugins': () => [{ path: 'plugins', body: 'no archive', headers: { 'Content-Type': 'application/octet-stream' }, status: (actor) => (actor === 'root' ? 400 : 403) }],
  'POST /api/v1/plugins/{plugin}/upgrade': () => [{ path: 'plugins/no_such/upgrade', body: 'no archive', headers: { 'Content-Type': 'application/octet-stream' }, status: (actor) => (actor === 'root' ? 400 : 403) }],
  ...Object.fromEntries(['enable', 'disable'].map((word) => [`POST /api/v1/plugins/{plugin}/${word}`, () => [{ path: `plugins/no_such/${word}`, status: (actor) => (actor === 'root' ? 404 : 403) }]])),
  'DELETE /api/v1/plugins/{plugin}': () => [{ path: 'plugins/no_such?records=keep', status: (actor) => (actor === 'root' ? 404 : 403) }],
  'POST /api/v1/scripts/replay': () => [{ path: 'scripts/replay', body: { script: 'scripts/no_such', since: '2026-01-01T00:00:00Z' }, status: (actor) => (actor === 'root' ? 404 : 403) }],
  'POST /api/v1/files': (c) => c.records.filter((r) => r.kind === 'organization').map((r) => ({
    path: `files?name=a.txt&about=organization:${r.id}`, body: 'x', headers: { 'Content-Type': 'text/plain' },
    status: (actor) => denied, not: actors.filter((actor) => may(actor, 'read', r)),
  })),
  'GET /api/v1/files/{id}/content': () => [{ path: `files/${missing}/content`, status: () => [403, 404] }],
  'GET /api/v1/search': () => [{ path: 'search?q=zebra&limit=100', status: (actor) => (people[actor].role ? 200 : [200, 403]) }, { path: 'search?q=bysue', status: (actor) => (people[actor].role ? 200 : [200, 403]) }],
  'GET /api/v1/changesets': () => [{ path: 'changesets?limit=1000', status: (actor) => (people[actor].role ? 200 : [200, 403]) }],
  'POST /api/v1/changesets/{id}/undo': (c) => [
    ...c.records.map((r) => ({ path: `changesets/${r.changeset}/undo`, status: (actor) => (may(actor, 'read', r) ? 403 : 404), not: actors.filter((actor) => may(actor, 'delete', r) || may(actor, 'update', r)) })),
    { path: `changesets/${missing}/undo`, status: () => 404 },
  ],
  'POST /api/v1/imports': () => [{ path: 'imports?entity=organization&dry=1', body: 'name\nX\n', headers: csv, status: (actor) => (['root', 'hal'].includes(actor) ? 200 : 403) }],
  'DELETE /api/v1/imports/{id}': () => [{ path: `imports/${missing}`, status: () => 404 }],
  'GET /api/v1/imports/{id}': () => [{ path: `imports/${missing}`, status: () => 404 }],
  'GET /api/v1/imports/{id}/rejects': () => [{ path: `imports/${missing}/rejects`, status: () => 404 }],
  'POST /api/v1/query': () => kinds.flatMap((kind) => [
    { path: 'query', body: { from: kind, group: ['owner'], measures: { n: 'count()' } }, status: (actor) => (rule(actor, 'read', kind) ? 200 : 403) },
    { path: 'query', body: { from: kind, group: ['id'], measures: { n: 'count()' } }, status: (actor) => (rule(actor, 'read', kind) ? [200, 400] : 403) },
  ]),
  'GET /api/v1/reports': () => [{ path: 'reports', status: () => 200 }],
  'GET /api/v1/reports/catalog': () => [{ path: 'reports/catalog', status: () => 200 }],
  'POST /api/v1/reports/{name}': () => ['best_customers', 'rating', 'without_next_step', 'distribution'].map((name) => ({ path: `reports/${name}`, body: name === 'distribution' ? { of: 'deal', by: 'owner' } : { period: 'all' }, status: (actor) => (rule(actor, 'read', 'deal') ? 200 : 404) })),
  'POST /api/v1/reports/{name}/export': () => [
    ...['csv', 'xlsx', 'pdf'].map((format) => ({ path: 'reports/without_next_step/export', body: { format }, status: (actor) => (!rule(actor, 'read', 'deal') ? 404 : rule(actor, 'export', 'deal') ? 200 : 403) })),
    { path: `reports/${missing}/export`, body: {}, status: () => 404 },
  ],
  'POST /api/v1/reports/{name}/drill': () => ['deals_without_step', 'deals_open'].map((metric) => ({ path: 'reports/without_next_step/drill', body: { metric, limit: 1000 }, status: (actor) => (rule(actor, 'read', 'deal') ? 200 : 404) })),
  'GET /api/v1/dashboards': () => [{ path: 'dashboards', status: () => 200 }],
  'POST /api/v1/dashboards/{name}': () => [{ path: 'dashboards/sales_overview', body: {}, status: () => 200 }, { path: `dashboards/${missing}`, body: {}, status: () => 404 }],
  'POST /api/v1/dashboards/{name}/drill': () => [
    { path: 'dashboards/sales_overview/drill', body: { widget: 2, metric: 'deals_open', limit: 1000 }, status: (actor) => (rule(actor, 'read', 'deal') ? 200 : 404) },
    { path: `dashboards/${missing}/drill`, body: { widget: 0 }, status: () => 404 },
  ],
  'POST /api/v1/batch': (c) => c.records.flatMap((r) => ['update', 'delete', 'restore'].map((op) => ({
    path: 'batch', body: { operations: [{ op, entity: r.kind, id: r.id, ...(op === 'update' ? { set: { external_id: 'stolen' } } : {}) }] },
    status: (actor) => (op === 'restore' ? denied : expected(actor, op, r, 0)), not: actors.filter((actor) => may(actor, op === 'restore' ? 'delete' : op, r)),
  }))),
  'POST /api/v1/records/lead/{id}/convert': (c) => c.records.filter((r) => r.kind === 'lead').map((r) => ({
    path: `records/lead/${r.id}/convert`, status: (actor) => expected(actor, 'update', r, 0), not: actors.filter((actor) => may(actor, 'update', r)),
  })),
}

/** The same for routes of one entity: `kind` is one of the company's kinds. */
const perKind = {
  'POST /records/E/actions/{name}': (c, kind) => c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/actions/no_such`, body: { ids: [r.id] }, status: () => [403, 404] })),
  'GET /records/E': (c, kind) => ['', '&count=exact', '&sort=-created_at', '&q=zebra', '&trash=only', `&where=${encodeURIComponent('owner ~= nil')}`, '&as_of=2999-01-01T00:00:00Z'].map((query) => ({
    path: `records/${kind}?limit=1000${query}`, status: (actor) => (rule(actor, 'read', kind) ? [200, 400] : 403),
  })),
  'POST /records/E': (c, kind) => [{ path: `records/${kind}`, body: { name: 'x', last_name: 'x', subject: 'x' }, status: () => [400, 403], not: actors.filter((actor) => rule(actor, 'create', kind)) },
    { path: `records/${kind}?dry=1`, body: { no_such_field: 1 }, status: () => [400, 403] }],
  'POST /records/E/bulk': (c, kind) => [
    { path: `records/${kind}/bulk`, body: { where: 'true', set: { external_id: 'stolen' } }, status: () => 403, not: actors.filter((actor) => rule(actor, 'update', kind)) },
    { path: `records/${kind}/bulk`, body: { where: 'true', delete: true }, status: () => 403, not: actors.filter((actor) => rule(actor, 'delete', kind)) },
    ...c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/bulk`, body: { ids: [r.id], delete: true }, status: () => [200, 403, 404], not: actors.filter((actor) => may(actor, 'delete', r)) })),
  ],
  'POST /records/E/duplicates': (c, kind) => [
    { path: `records/${kind}/duplicates`, body: { set: {} }, status: (actor) => (rule(actor, 'read', kind) ? 200 : 403) },
    ...c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/duplicates`, body: { id: r.id }, status: (actor) => expected(actor, 'read', r, 200) })),
    { path: `records/${kind}/duplicates`, body: { id: missing }, status: (actor) => (rule(actor, 'read', kind) ? 404 : 403) },
  ],
  'GET /records/E/duplicates': (c, kind) => [{ path: `records/${kind}/duplicates`, status: (actor) => (rule(actor, 'read', kind) ? 200 : 403) }],
  'POST /records/E/duplicates/scan': (c, kind) => [{ path: `records/${kind}/duplicates/scan`, status: (actor) => (rule(actor, 'update', kind) && rule(actor, 'delete', kind) ? 202 : 403) }],
  'POST /records/E/duplicates/dismiss': (c, kind) => [
    ...c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/duplicates/dismiss`, body: { ids: [r.id, r.id] }, status: (actor) => expected(actor, 'update', r, 204) })),
    { path: `records/${kind}/duplicates/dismiss`, body: { ids: [missing, missing] }, status: (actor) => (rule(actor, 'update', kind) ? 404 : 403) },
  ],
  'GET /export/E': (c, kind) => ['csv', 'json', 'xlsx', 'vcf'].map((format) => ({ path: `export/${kind}?format=${format}`, status: (actor) => (!rule(actor, 'export', kind) ? 403 : format === 'vcf' && !['contact', 'organization'].includes(kind) ? 400 : 200) })),
  ...Object.fromEntries(['', '/timeline', '/changes', '/access', '/why?field=external_id', '/tags', '/followers', '/comments'].map((part) => [`GET /records/E/{id}${part.split('?')[0]}`, (c, kind) => [
    ...c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/${r.id}${part}`, status: (actor) => expected(actor, 'read', r, 200) })),
    ...[missing, 'x'].map((id) => ({ path: `records/${kind}/${id}${part}`, status: (actor) => (rule(actor, 'read', kind) ? 404 : 403) })),
  ]])),
  ...Object.fromEntries([['PATCH', '', 'update', { external_id: 'stolen' }], ['DELETE', '', 'delete'], ['POST', '/restore', 'delete'], ['POST', '/tags', 'update', { remove: ['17'] }]].map(([method, part, action, body]) => [`${method} /records/E/{id}${part}`, (c, kind) => [
    ...c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/${r.id}${part}`, body, status: (actor) => expected(actor, action, r, 0), not: actors.filter((actor) => may(actor, action, r)) })),
    { path: `records/${kind}/${missing}${part}`, body, status: () => [403, 404] },
  ]])),
  ...Object.fromEntries(['POST /records/E/{id}/followers', 'DELETE /records/E/{id}/followers', 'POST /records/E/{id}/comments'].map((route) => [route, (c, kind) =>
    c.records.filter((r) => r.kind === kind).map((r) => ({ path: `records/${kind}/${r.id}/${route.split('/').pop()}`, body: route.includes('comments') ? { body: 'x' } : undefined, status: (actor) => expected(actor, 'read', r, 0), not: actors.filter((actor) => may(actor, 'read', r)) }))])),
}
/** Facilities and products: nobody but an admin writes them, campaigns marketers, goals heads; a record of theirs is asked for by an id that is not there. */
const facility = (key, kind) => {
  const [method, route] = key.split(' ')
  const path = route.slice(1).replace('E', kind).replace('{id}', missing).replace('{name}', 'no_such')
  if (method === 'GET') return [{ path, status: () => [200, 400, 403, 404] }]
  const own = key.startsWith('POST /records/E/duplicates') || ['file', 'saved_view', 'report', 'dashboard', 'deal_line'].includes(kind) // everybody's own, or the right of the parent
  const body = key === 'POST /records/E/bulk' ? { where: 'true', set: { external_id: 'stolen' } } : {}
  return [{ path: key === 'POST /records/E' ? `${path}?dry=1` : path, body, status: () => (own ? [200, 202, ...denied] : denied), not: ['root', ...(kind.startsWith('campaign') ? ['mark'] : kind === 'goal' ? ['hal'] : [])] }]
}

/** Definitions are an administrator's: everybody else is refused before anything is looked at. */
const definitions = (method, path) => {
  const asked = path.replace('{field}', 'name').replace('{id}', missing).replace('{kind}', 'directory').replace(/\{name\*?\}/, 'x')
  const body = ['POST', 'PUT'].includes(method) ? {} : undefined
  return [{ path: asked, body, status: (actor) => (actor === 'root' ? 200 : 403), not: method === 'GET' ? [] : ['root'] }]
}

/** Begins to look as somebody; the header that goes on. */
const look = async (c, as) => {
  await c.clients.root.expect(204, 'POST', 'session/view', { body: { as } })
  return { 'X-View-As': as }
}

const open = async (c) => {
  Object.assign(c, await settle(c.perigee))
  c.records = c.records.filter((record) => ['ann', 'ben', 'sue', 'root'].includes(record.owner)) // abe and hal own as ann does
}

onEngines('matrix', {}, open, (test, c) => {
  test('every route, every actor', async () => {
    const document = await c.clients.root.get('openapi.json')
    const entities = (await c.clients.root.get('meta')).entities.map((entity) => entity.name)
    const before = await dump(c.clients.root)
    const clients = { ...c.clients, anonymous: c.perigee.client(null) }
    // The administrator who looks with somebody's eyes is answered as they are, and writes nothing.
    const looks = Object.fromEntries(await Promise.all(['ann', 'sue'].map(async (actor) => [actor, await look(c, `user:${c.users[actor].id}`)])))
    const hidden = Object.fromEntries(actors.map((actor) => [actor, c.records.filter((r) => !may(actor, 'read', r))]))
    hidden.anonymous = c.records
    const wordOf = { organization: 'org' }
    const untold = []
    let cells = 0
    const ask = async (method, cell, actor) => {
      if (cell.not?.includes(actor)) return
      const wanted = actor === 'anonymous' ? (cell.open ? cell.status('nora') : 401) : cell.status(actor)
      const { path, body, headers } = cell
      if (looks[actor]) await askLooking(method, cell, actor)
      const reply = await clients[actor].request(method, path, { body, headers })
      const where = `${actor} ${method} ${path} ${JSON.stringify(body) ?? ''}`
      cells++
      assert.ok([wanted].flat().includes(reply.status), `${where}: ${reply.status}, not ${wanted}\n${reply.text.slice(0, 400)}`)
      if (reply.status >= 400) assert.equal(reply.headers.get('content-type'), 'application/problem+json', where)
      const text = reply.text.replaceAll(path, '') + [...reply.headers].filter(([name]) => name !== 'date').join('\n')
      for (const record of hidden[actor]) {
        assert.ok(!text.includes(`by${record.owner} ${wordOf[record.kind] ?? record.kind}`), `${where} names ${record.kind} of ${record.owner}: ${reply.text.slice(0, 400)}`)
        if (!path.includes(record.id) && !JSON.stringify(body ?? '').includes(record.id)) assert.ok(!text.includes(record.id), `${where} names ${record.kind} of ${record.owner} by its id`)
      }
    }
    const askLooking = async (method, { path, body, headers, status }, actor) => {
      const reads = method === 'GET' || path === 'query' || path.startsWith('reports/') || path.startsWith('dashboards/')
      const { status: found, text } = await clients.root.request(method, path, { body, headers: { ...headers, ...looks[actor] } })
      const where = `root as ${actor} ${method} ${path}`
      cells++
      if (reads) assert.ok([status(actor)].flat().includes(found), `${where}: ${found}, not ${status(actor)}\n${text.slice(0, 400)}`)
      else assert.equal(found, 403, where)
      for (const record of hidden[actor]) if (!path.includes(record.id) && !JSON.stringify(body ?? '').includes(record.id)) assert.ok(!text.includes(record.id), `${where} names ${record.kind} of ${record.owner}`)
    }
    for (const [path, operations] of Object.entries(document.paths))
      for (const method of Object.keys(operations).filter((word) => word !== 'parameters').map((word) => word.toUpperCase())) {
        const [, kind] = path.match(/^\/api\/v1\/(?:records|export)\/([a-z_]+)/) ?? []
        const key = `${method} ${kind ? path.replace('/api/v1', '').replace(`/${kind}`, '/E') : path}`
        const line =
          whole[`${method} ${path}`] ??
          (entities.includes(kind) ? perKind[key] : path.startsWith('/api/v1/schema/') ? () => definitions(method, path) : null)
        if (!line) {
          untold.push(`${method} ${path}`)
          continue
        }
        const list = whole[`${method} ${path}`] || !kind || kinds.includes(kind) ? line(c, kind) : facility(key, kind)
        for (const [at, cell] of list.entries()) for (const actor of at === 0 ? [...actors, 'anonymous'] : actors) await ask(method, cell, actor)
      }
    assert.deepEqual(untold, [], 'routes without a line in this test')
    assert.ok(cells > 4000, String(cells))
    assert.equal(await dump(c.clients.root), before, 'something was written')
  })

  test('errors of conditions and keys tell nothing of what is not seen', async () => {
    const { root, ann } = c.clients
    const theirs = c.records.find((r) => r.kind === 'organization' && r.owner === 'sue')
    await root.patch('organization', theirs.id, { external_id: 'taken-by-sue', legal_name: 'zebra secret legal' })
    const taken = await ann.request('POST', 'records/organization', { body: { name: 'Fresh', external_id: 'taken-by-sue' } })
    assert.equal(taken.status, 409)
    assert.ok(!/zebra/.test(taken.text) && !taken.text.includes(theirs.id), taken.text)
    const [stale, gone] = [theirs.id, missing].map((id) => ann.request('PATCH', `records/organization/${id}`, { body: { name: 'x' }, headers: { 'If-Match': '"1"' } }))
    const plain = (reply) => reply.text.replace(/"request_id":"[^"]*"/, '').replaceAll(theirs.id, '#').replaceAll(missing, '#')
    assert.equal(plain(await stale), plain(await gone))
    for (const part of ['', '/timeline', '/changes', '/access', '/tags', '/comments']) {
      const replies = await Promise.all([theirs.id, missing, 'x', '-1', '0', '99999999999999999999'].map((id) => ann.request('GET', `records/organization/${id}${part}`)))
      for (const reply of replies) assert.deepEqual([reply.status, plain(reply)], [404, plain(replies[0])], `${reply.path}: unknown, unseen, malformed and out of range are told alike`)
    }
    const undos = await Promise.all([theirs.changeset, missing, 'x', '99999999999999999999'].map((id) => ann.request('POST', `changesets/${id}/undo`)))
    for (const reply of undos) assert.deepEqual([reply.status, plain(reply)], [404, plain(undos[0])], reply.path)
    for (const path of [`records/organization/${theirs.id}`, `records/organization/${theirs.id}?as_of=${encodeURIComponent(new Date().toISOString())}`]) {
      const cached = await ann.request('GET', path, { headers: { 'If-None-Match': '*' } })
      assert.equal(cached.status, 404, path)
      assert.equal(cached.headers.get('etag'), null, path)
    }
  })

  test('`next` and pages never count what is not seen', async () => {
    const { ann, root } = c.clients
    for (const kind of kinds) {
      const seen = (await ann.all(kind, { fields: 'id' })).length
      assert.ok(seen > 0)
      const exact = await ann.get(`records/${kind}`, { limit: String(seen), sort: 'created_at' })
      assert.deepEqual([exact.records.length, exact.next], [seen, null], `${kind}: a page that holds all has no next`)
    }
    const page = await root.get('records/deal', { limit: '2', sort: 'name' })
    const borrowed = await ann.request('GET', `records/deal?limit=1000&sort=name&after=${encodeURIComponent(page.next)}`)
    assert.ok([200, 400].includes(borrowed.status), borrowed.text)
    const ids = borrowed.body.records?.map((r) => r.id) ?? []
    for (const id of ids) assert.equal((await ann.request('GET', `records/deal/${id}`)).status, 200, 'a borrowed cursor opens nothing')
  })
})
