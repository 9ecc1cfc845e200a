// The cards of one pipeline by stage: pages come by cursors per column, counts and sums from the server.
// `rows` is what is shown, `truth` what the server last said; a card that is being moved differs.
import { signal } from '@preact/signals'
import { get, Problem, request } from '../data/api'
import type { Entity, Page, Pipeline, RecordData, Reference, Stage, Value } from '../data/types'
import { totalOrder } from '../list/source'
import { compareBy } from './order'
import { stageIdOf, type Shape } from './shape'

export interface BoardQuery { where: string; search: string; sort: string }
export interface Column { stage: Stage; ids: string[]; next: string | null; count: number; exact: boolean; sums: Record<string, Value>; loading: boolean; known: boolean }

const PAGE = 30
const AGAIN_MAX = 200
const TOUCHED_MAX = 40
const SUMMARY_PAUSE_MS = 120

export class BoardSource {
  readonly version = signal(0)
  readonly problem = signal<Problem | null>(null)
  readonly rows = new Map<string, RecordData>()
  readonly columns: Column[]
  /** Cards that wait for the server's answer, and how many answers. */
  readonly pending = new Map<string, number>()
  private readonly truth = new Map<string, RecordData>()
  private readonly order: string
  private readonly fields: string
  private readonly abort = new AbortController()
  private summaryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(readonly entity: Entity, readonly pipeline: Pipeline, readonly shape: Shape, readonly query: BoardQuery) {
    this.order = totalOrder(query.sort)
    const sorted = this.order.split(',').map((key) => key.replace(/^-/, '')).filter((name) => name !== 'id')
    this.fields = [...new Set([...shape.fields, ...sorted])].join(',')
    this.columns = pipeline.stages.map((stage) => ({ stage, ids: [], next: null, count: 0, exact: true, sums: {}, loading: true, known: false }))
    this.load()
  }

  dispose(): void { this.abort.abort(); clearTimeout(this.summaryTimer) }
  column(stageId: string): Column | undefined { return this.columns.find((column) => column.stage.id === stageId) }
  columnOf(id: string): Column | undefined { return this.columns.find((column) => column.ids.includes(id)) }
  row(id: string): RecordData | undefined { return this.rows.get(id) }

  private load(): void {
    this.problem.value = null
    void this.summary()
    for (const column of this.columns) void this.page(column, false)
  }
  /** Asks again for everything that is shown; it stays until the answers. */
  refresh(): void { this.load() }
  more(column: Column): void { if (!column.loading && column.next) void this.page(column, true) }

  private where(more: string): string {
    const own = this.entity.pipeline?.pipeline
    return [this.query.where && `(${this.query.where})`, own && `${own} == "${this.pipeline.id}"`, more].filter(Boolean).join(' and ')
  }

  private draw(): void { this.version.value++ }
  private fail(error: unknown): void {
    if (error instanceof DOMException) return
    this.problem.value = error instanceof Problem ? error : new Problem(0, { detail: String(error) })
  }

  private async summary(): Promise<void> {
    const stage = this.entity.pipeline?.stage
    if (!stage) return
    const measures: Record<string, string> = { n: 'count()' }
    for (const field of [this.shape.amount, this.shape.weighted]) if (field) measures[`sum_${field.name}`] = `sum(${field.name})`
    try {
      const { body } = await request<{ rows: RecordData[] }>('POST', 'query', { body: { from: this.entity.name, group: [stage], measures, where: this.where(''), ...(this.query.search ? { q: this.query.search } : {}) }, signal: this.abort.signal })
      for (const column of this.columns) {
        const row = body.rows.find((item) => (item[stage] as Reference | null)?.id === column.stage.id)
        column.count = Number(row?.['n'] ?? 0) + this.ahead(column)
        column.exact = true
        column.sums = Object.fromEntries([this.shape.amount, this.shape.weighted].flatMap((field) => (field ? [[field.name, row?.[`sum_${field.name}`] ?? null]] : [])))
      }
      this.draw()
    } catch (error) { this.fail(error) }
  }

  /** How many more cards the column shows than the server knows of it, because of moves under way. */
  private ahead(column: Column): number {
    let more = 0
    for (const id of this.pending.keys()) {
      const [shown, told] = [this.rows.get(id), this.truth.get(id)]
      if (shown && told) more += Number(stageIdOf(this.entity, shown) === column.stage.id) - Number(stageIdOf(this.entity, told) === column.stage.id)
    }
    return more
  }

  summarySoon(): void {
    clearTimeout(this.summaryTimer)
    this.summaryTimer = setTimeout(() => void this.summary(), SUMMARY_PAUSE_MS)
  }

  private async page(column: Column, further: boolean): Promise<void> {
    column.loading = true
    const stage = this.entity.pipeline?.stage ?? ''
    try {
      const page = await get<Page>(`records/${this.entity.name}`, {
        fields: this.fields, where: this.where(`${stage} == "${column.stage.id}"`), q: this.query.search, sort: this.order,
        limit: further ? PAGE : Math.min(Math.max(PAGE, column.ids.length), AGAIN_MAX), after: further ? column.next ?? undefined : undefined,
      }, this.abort.signal)
      const kept = further ? column.ids : column.ids.filter((id) => this.pending.has(id))
      const fresh = page.records.map((row) => row.id).filter((id) => !kept.includes(id) && !(this.pending.has(id) && this.columnOf(id) !== column))
      for (const row of page.records) this.tell(row)
      if (!further) for (const id of column.ids) if (!kept.includes(id) && !fresh.includes(id)) this.rows.delete(id)
      column.ids = further ? [...kept, ...fresh] : fresh
      if (!further) for (const id of kept) this.insert(column, id)
      column.next = page.next ?? null
      column.known = true
    } catch (error) { this.fail(error) } finally { column.loading = false; this.draw() }
  }

  private tell(row: RecordData): void {
    this.truth.set(row.id, row)
    if (!this.pending.has(row.id)) this.rows.set(row.id, row)
  }

  private insert(column: Column, id: string): void {
    const row = this.rows.get(id)
    if (!row || column.ids.includes(id)) return
    const compare = compareBy(this.order)
    const at = column.ids.findIndex((other) => { const there = this.rows.get(other); return there !== undefined && compare(row, there) < 0 })
    column.ids.splice(at < 0 ? column.ids.length : at, 0, id)
  }

  /** Shows the record in the column of its stage, or nowhere. */
  private settle(row: RecordData): void {
    const from = this.columnOf(row.id)
    const to = this.column(stageIdOf(this.entity, row))
    this.rows.set(row.id, row)
    if (from && from !== to) { from.ids = from.ids.filter((id) => id !== row.id); from.count-- }
    if (to && from !== to) { to.ids = [...to.ids]; this.insert(to, row.id); to.count++ }
    this.draw()
  }

  /** Moves a card before the server knows. */
  moveLocally(id: string, stage: Stage): void {
    const row = this.rows.get(id)
    const name = this.entity.pipeline?.stage
    if (!row || !name) return
    this.pending.set(id, (this.pending.get(id) ?? 0) + 1)
    this.settle({ ...row, [name]: { id: stage.id, title: stage.label } })
  }

  /** The answer to a move came: with the record as it stands now, or without where the move was refused. */
  answered(id: string, record: RecordData | null): void {
    const left = (this.pending.get(id) ?? 1) - 1
    if (left > 0) this.pending.set(id, left)
    else this.pending.delete(id)
    if (record) this.truth.set(id, record)
    const truth = this.truth.get(id)
    if (left <= 0 && truth) this.settle(truth)
    this.summarySoon()
  }

  known(id: string): RecordData | undefined { return this.truth.get(id) }

  /** A record made here or brought back. */
  put(record: RecordData): void { this.truth.set(record.id, record); this.settle(record); this.summarySoon() }

  remove(id: string): void {
    const column = this.columnOf(id)
    if (column) { column.ids = column.ids.filter((other) => other !== id); column.count-- }
    this.rows.delete(id)
    this.truth.delete(id)
    this.draw()
  }

  /** Others changed these: asks for them by the filter, since they may have come or gone by it. */
  async touched(ids: string[]): Promise<void> {
    if (ids.length > TOUCHED_MAX || this.query.search) { this.refresh(); return }
    try {
      const page = await get<Page>(`records/${this.entity.name}`, { fields: this.fields, where: this.where(`one_of(id, ${ids.map((id) => `"${id}"`).join(', ')})`), limit: ids.length }, this.abort.signal)
      for (const id of ids) {
        const row = page.records.find((item) => item.id === id)
        if (row) this.truth.set(id, row)
        if (this.pending.has(id)) continue
        if (row) this.settle(row)
        else if (this.rows.has(id)) this.remove(id)
      }
      await this.summary()
    } catch (error) { this.fail(error) }
  }
}
