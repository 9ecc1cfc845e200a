// A company for tests of rights: a tree of teams, people of every stock role, one without a role, and
// records of every kind owned across them. `may` is the oracle: the stock roles as model.md words them.
export const people = {
  root: { role: 'admin' },
  ann: { role: 'sales', team: 'North A' },
  abe: { role: 'sales', team: 'North A' },
  ben: { role: 'sales', team: 'North B' },
  sue: { role: 'sales', team: 'South' },
  hal: { role: 'head', team: 'North' },
  rita: { role: 'reader', team: 'South' },
  mark: { role: 'marketing', team: 'South' },
  sam: { role: 'support', team: 'North B' },
  nora: { role: null, team: 'North A' },
}
const parents = { 'North A': 'North', 'North B': 'North', North: 'Head office', South: 'Head office' }
export const owners = ['ann', 'abe', 'ben', 'sue', 'hal', 'root']
export const kinds = ['organization', 'contact', 'lead', 'deal', 'activity', 'comment', 'segment']

const below = (team, top) => team === top || (team in parents && below(parents[team], top))
const own = (actor, record) => record.owner === actor
const sameTeam = (actor, record) => own(actor, record) || people[actor].team === record.team
const tree = (actor, record) => own(actor, record) || (record.team && below(record.team, people[actor].team))
const every = () => true
const never = null

const grants = {
  admin: () => ({ read: every, create: every, update: every, delete: every, export: every }),
  head: () => ({ read: tree, create: every, update: tree, delete: tree, export: tree }),
  sales: () => ({ read: sameTeam, create: every, update: own, delete: own }),
  reader: () => ({ read: every }),
  marketing: (kind) => ({
    read: every,
    ...(kind === 'comment' ? { create: every, update: own, delete: own } : {}),
    ...(kind === 'segment' ? { create: every, update: every, delete: every } : {}),
  }),
  support: (kind) => ({
    read: every,
    ...(kind === 'comment' ? { create: every, update: own, delete: own } : {}),
    ...(kind === 'activity' ? { create: every, update: every, delete: own } : {}),
  }),
}

/** The rule of an action: a predicate over records, or null when the role lacks it altogether. */
export function rule(actor, action, kind) {
  const { role } = people[actor]
  return role ? (grants[role](kind)[action] ?? never) : never
}

export function may(actor, action, record) {
  return Boolean(rule(actor, action, record.kind)?.(actor, record))
}

/** What an action on one record answers: 403 without the right at all, 404 unseen, else `good` or 403. */
export function expected(actor, action, record, good) {
  if (!rule(actor, 'read', record.kind)) return 403
  if (!may(actor, 'read', record)) return 404
  return may(actor, action, record) ? good : 403
}

function body(kind, owner, word, made) {
  const at = (k) => made[k].id
  switch (kind) {
    case 'organization': return { name: `zebra ${word} org` }
    case 'contact': return { last_name: `zebra ${word} contact` }
    case 'lead': return { last_name: `zebra ${word} lead`, amount: { amount: '10', currency: 'USD' } }
    case 'deal': return { name: `zebra ${word} deal`, amount: { amount: '100', currency: 'USD' }, organization: at('organization'), contact: at('contact') }
    case 'activity': return { subject: `zebra ${word} activity`, about: { entity: 'deal', id: at('deal') } }
    case 'comment': return { body: `zebra ${word} comment`, about: { entity: 'deal', id: at('deal') } }
    default: return { name: `zebra ${word} segment`, entity: 'deal' }
  }
}

/** Fills the instance; resolves with { clients, users, records: [{ kind, id, owner, team, changeset, title }] }. */
export async function settle(perigee) {
  for (const [login, { role, team }] of Object.entries(people))
    perigee.cli(['user', 'add', login, '--role', role ?? 'reader', ...(team ? ['--team', team] : [])])
  await perigee.serve()
  const clients = Object.fromEntries(Object.keys(people).map((login) => [login, perigee.client(perigee.token(login))]))
  const { root } = clients
  const users = Object.fromEntries((await root.all('user')).map((user) => [user.login, user]))
  await root.create('team', { name: 'Head office' })
  const teams = Object.fromEntries((await root.all('team')).map((team) => [team.name, team.id]))
  for (const [name, parent] of Object.entries(parents)) await root.patch('team', teams[name], { parent: teams[parent] })
  await root.patch('user', users.nora.id, { role: null })
  const records = []
  for (const owner of owners) {
    const made = {}
    for (const kind of kinds) {
      const reply = await root.request('POST', `records/${kind}`, { body: { ...body(kind, owner, `by${owner}`, made), owner: users[owner].id } })
      if (reply.status !== 201) throw new Error(`${kind} of ${owner}: ${reply.status} ${reply.text}`)
      made[kind] = { kind, owner, id: reply.body.id, team: reply.body.team?.title ?? null, changeset: reply.headers.get('perigee-changeset'), organization: made.organization }
      records.push(made[kind])
    }
  }
  return { clients, users, teams, records }
}

/** Everything there is, as text, to be compared; but for what jobs tell people meanwhile of what was done before. */
export async function dump(root) {
  const { entities } = await root.get('meta')
  const pieces = []
  for (const { name } of entities) {
    if (name === 'notification') continue
    const reply = await root.request('GET', `export/${name}?format=json`)
    if (reply.status !== 200) throw new Error(`export/${name}: ${reply.status} ${reply.text}`)
    pieces.push(name, reply.text)
    const trash = await root.request('GET', `records/${name}?trash=only&limit=1000`)
    if (trash.status === 200) pieces.push(trash.text)
  }
  const { records } = await root.get('changesets', { limit: '1000' })
  return [...pieces, JSON.stringify(records.find((changeset) => !['script', 'job'].includes(changeset.door)))].join('\n')
}
