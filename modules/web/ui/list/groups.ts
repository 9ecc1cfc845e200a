// The rows of a list in groups: the server counts and sums, rows of an open group come as it opens.
import { signal } from '@preact/signals'
import { get, Problem, request } from '../data/api'
import { directory, meta } from '../data/session'
import { isMoney, isReference, type Entity, type Field, type Page, type RecordData, type Value } from '../data/types'
import { formatDate, formatValue } from '../format/format'
import { t } from '../locale/i18n'
import { totalOrder, type Item, type Query, type RowSource, type SourceStatus } from './source'

const PAGE = 50
const GROUPS_MAX = 200
const OPEN_AT_FIRST = 8
const AGAIN_MAX = 500
interface Group { key: string; label: string; where: string; count: number; sums: string; open: boolean; ids: string[]; next: string | null | undefined; loading: boolean }

/** The text that groups: dates go by month. */
function groupText(field: Field): string { return field.value === 'date' || field.value === 'time' ? `month(${field.name})` : field.name }

function groupWhere(field: Field, value: Value | undefined): string {
  const left = groupText(field)
  if (value === null || value === undefined) return `${left} == nil`
  if (isReference(value)) return `${left} == "${value.id}"`
  if (typeof value === 'boolean') return value ? field.name : `${field.name} == false`
  return `${left} == ${JSON.stringify(value)}`
}

function groupLabel(field: Field, value: Value | undefined): string {
  if (value === null || value === undefined) return t('blank')
  if (field.value === 'date' || field.value === 'time')
    return new Intl.DateTimeFormat(document.documentElement.lang, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${String(value)}T00:00:00Z`)) || formatDate(String(value))
  return formatValue(field, value)
}

/** Stages and choices as they are set up, months newest first, names by alphabet; what is empty last. */
function inOrder(field: Field, by: string): (a: RecordData, b: RecordData) => number {
  const stages = field.ref === 'stage' ? (meta.peek()?.pipelines ?? []).flatMap((pipeline) => pipeline.stages.map((stage) => stage.id)) : []
  const codes = directory(field.directory)?.items.map((item) => item.code) ?? []
  const isDate = field.value === 'date' || field.value === 'time'
  return (first, second) => {
    const [a, b] = [first[by], second[by]]
    if (a === null || a === undefined || b === null || b === undefined) return Number(a === null || a === undefined) - Number(b === null || b === undefined)
    if (isDate) return String(b).localeCompare(String(a))
    if (isReference(a) && isReference(b)) return stages.length ? stages.indexOf(a.id) - stages.indexOf(b.id) : (a.title ?? '').localeCompare(b.title ?? '')
    return codes.length ? codes.indexOf(String(a)) - codes.indexOf(String(b)) : String(a).localeCompare(String(b))
  }
}

export class GroupSource implements RowSource {
  readonly version = signal(0)
  readonly status = signal<SourceStatus>({ loading: true, problem: null, total: undefined })
  readonly rows = new Map<string, RecordData>()
  private groups: Group[] = []
  private items: Item[] = []
  private abort = new AbortController()
  /** Told which groups are open, as an address holds it. */
  onOpened: (opened: string) => void = () => {}

  /** `opened`: keys of the open groups, "-" for none; empty is as at first. */
  constructor(readonly query: Query, readonly entity: Entity, readonly field: Field, readonly sums: Field[], private opened: string) { void this.open() }

  count(): number { return this.items.length }
  at(index: number): Item | undefined { return this.items[index] }
  dispose(): void { this.abort.abort() }
  refresh(): void { void this.open() }

  want(from: number, to: number): void {
    for (let at = from; at < Math.min(to, this.items.length); at++) {
      const item = this.items[at]
      if (item?.kind === 'more') { const group = this.groups.find((one) => one.key === item.key); if (group && !group.loading) void this.fill(group) }
    }
  }

  toggle(key: string): void {
    const group = this.groups.find((one) => one.key === key)
    if (!group) return
    group.open = !group.open
    this.opened = this.groups.filter((one) => one.open).map((one) => encodeURIComponent(one.key)).join() || '-'
    this.build()
    this.onOpened(this.opened)
  }

  show(opened: string): void {
    if (opened === this.opened) return
    this.opened = opened
    this.groups.forEach((group, index) => { group.open = this.isOpen(group.key, index) })
    this.build()
  }

  private isOpen(key: string, index: number): boolean {
    return this.opened ? this.opened.split(',').includes(encodeURIComponent(key)) : index < OPEN_AT_FIRST
  }

  private build(): void {
    this.items = this.groups.flatMap((group): Item[] => [
      { kind: 'group', key: group.key, label: group.label, count: group.count, sums: group.sums, open: group.open },
      ...(group.open ? group.ids.map((id): Item => ({ kind: 'row', id })) : []),
      ...(group.open && group.next !== null ? Array<Item>(Math.max(1, Math.min(PAGE, group.count - group.ids.length))).fill({ kind: 'more', key: group.key }) : []), // nothing moves when they come
    ])
    this.version.value++
  }

  private async open(): Promise<void> {
    this.abort.abort()
    this.abort = new AbortController()
    this.status.value = { ...this.status.value, loading: true, problem: null }
    const by = groupText(this.field)
    const measures = Object.fromEntries([['n', 'count()'], ...this.sums.map((field) => [`sum_${field.name}`, `sum(${field.name})`])]) as Record<string, string>
    try {
      const { body } = await request<{ rows: RecordData[] }>('POST', 'query', {
        body: { from: this.entity.name, group: [by], measures, limit: GROUPS_MAX, ...(this.query.where ? { where: this.query.where } : {}), ...(this.query.search ? { q: this.query.search } : {}) }, signal: this.abort.signal,
      })
      body.rows.sort(inOrder(this.field, by))
      const before = new Map(this.groups.map((group) => [group.key, group]))
      this.groups = body.rows.map((row, index): Group => {
        const value = row[by]
        const key = isReference(value) ? value.id : String(value)
        const old = before.get(key)
        return {
          key, label: groupLabel(this.field, value), where: groupWhere(this.field, value), count: Number(row['n']), open: old?.open ?? this.isOpen(key, index), ids: old?.ids ?? [], next: old?.next, loading: false,
          sums: this.sums.map((field) => { const sum = row[`sum_${field.name}`]; return isMoney(sum) || Number(sum) ? `${field.label} ${formatValue(field, sum)}` : '' }).filter(Boolean).join(' · '),
        }
      })
      this.status.value = { loading: false, problem: null, total: { value: this.groups.reduce((sum, group) => sum + group.count, 0), exact: true } }
      this.build()
      for (const group of this.groups) if (group.open && group.ids.length > 0) void this.fill(group, true)
    } catch (error) { if (error instanceof Problem) this.status.value = { ...this.status.value, loading: false, problem: error } }
  }

  /** The next rows of a group; `again`: those that are shown, which stand until the answer. */
  private async fill(group: Group, again = false): Promise<void> {
    group.loading = true
    const where = this.query.where ? `(${this.query.where}) and ${group.where}` : group.where
    try {
      const page = await get<Page>(`records/${this.entity.name}`, { fields: this.query.fields, where, q: this.query.search, sort: this.query.search && !this.query.sort ? undefined : totalOrder(this.query.sort), limit: again ? Math.min(Math.max(PAGE, group.ids.length), AGAIN_MAX) : PAGE, after: again ? undefined : group.next || undefined }, this.abort.signal)
      for (const row of page.records) this.rows.set(row.id, row)
      const found = page.records.map((row) => row.id)
      group.ids = again ? found : [...group.ids, ...found]
      group.next = page.next || null
      this.build()
    } catch (error) { if (error instanceof Problem) { group.next = null; this.status.value = { ...this.status.value, problem: error } } }
    finally { group.loading = false }
  }
}
