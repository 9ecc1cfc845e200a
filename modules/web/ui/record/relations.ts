// What points at a record, found in the schema: for each entity one list over the references that a
// record of it has to this one. Nothing here knows what the entities are.
import { get, request } from '../data/api'
import { meta } from '../data/session'
import type { Entity, Field, Money, Page, RecordData } from '../data/types'
import { listColumns } from '../pages/columns'

export interface Relation {
  key: string
  entity: Entity
  /** What a new one is given; null where nobody writes it. */
  by: Field | null
  /** The way is said where it is not the plain one. */
  via: Field | null
  where: (id: string) => string
  main: boolean
  money: Field | null
}

const condition = (field: Field, id: string): string => (field.type === 'links' ? `one_of(${field.name}, "${id}")` : `${field.name} == "${id}"`)

function relation(entity: Entity, fields: Field[], main: boolean): Relation {
  const writable = fields.find((field) => field.type === 'ref' && !field.read_only && !field.locked) ?? null
  return {
    key: `${entity.name}.${fields[0]?.name ?? ''}`, entity, by: writable, via: main ? null : fields[0] ?? null, main,
    where: (id) => fields.map((field) => condition(field, id)).join(' or '),
    money: (entity.pipeline && entity.fields.find((field) => field.type === 'money')) || null,
  }
}

/** A reference and the many-to-many beside it are one list; further references are lists of their own. */
export function relationsOf(target: Entity): Relation[] {
  return (meta.value?.entities ?? []).flatMap((entity): Relation[] => {
    if (entity.system || entity.child_of || entity.timeline || !entity.can.read || entity.icon === '') return []
    const fields = entity.fields.filter((field) => !field.standard && field.ref === target.name && (field.type === 'ref' || field.type === 'links'))
    const self = entity.name === target.name
    const plain = self ? undefined : fields.find((field) => field.type === 'ref' && field.name === target.name) ?? fields.find((field) => field.type === 'links')
    const links = fields.filter((field) => field.type === 'links')
    const merged = plain ? [plain, ...links.filter((field) => field !== plain)] : []
    const rest = fields.filter((field) => !merged.includes(field))
    return [...(merged.length ? [relation(entity, merged, true)] : []), ...rest.map((field) => relation(entity, [field], false))]
  }).sort((a, b) => Number(b.main) - Number(a.main))
}

export interface RelatedPage { records: RecordData[]; count: number; exact: boolean; sum: Money | null }

/** What says something beside the title: of what has stages the stage, else the first column. */
export function factOf({ entity, by, money }: Relation): Field | undefined {
  return listColumns(entity).find((field) => field.name !== entity.title && field !== by && field !== money && field.name !== 'owner' && field.type !== 'labelled')
}

/** What tells records apart that are called like the one they belong to: their day. */
export function dayOf({ entity }: Relation): Field | undefined {
  return entity.fields.find((field) => field.type === 'date' && !field.standard)
}

export async function loadRelated(item: Relation, id: string, limit: number): Promise<RelatedPage> {
  const where = item.where(id)
  const names = [item.entity.title, ...[factOf(item), item.money, dayOf(item)].flatMap((field) => (field ? [field.name] : []))]
  const list = get<Page>(`records/${item.entity.name}`, { where, fields: [...new Set(names)].join(','), sort: '-created_at', limit, count: 'capped' })
  const sum = item.money
    ? request<{ rows: { sum: Money | null }[] }>('POST', 'query', { body: { from: item.entity.name, where, measures: { sum: `sum(${item.money.name})` } } }).then((answer) => answer.body.rows[0]?.sum ?? null).catch(() => null)
    : Promise.resolve(null)
  const page = await list
  return { records: page.records, count: page.total?.value ?? page.records.length, exact: page.total?.exact ?? true, sum: await sum }
}
