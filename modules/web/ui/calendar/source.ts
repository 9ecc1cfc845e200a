// What happens in the days shown: asked for by the filter, changed at once and put back where the server
// refuses.
import { signal } from '@preact/signals'
import { get, Problem, request } from '../data/api'
import { goOn } from '../data/records'
import { offerUndo, sayProblem } from '../data/undo'
import type { Entity, Page, RecordData, Value } from '../data/types'
import { instantOf } from '../format/days'
import { titleOf } from '../pages/columns'
import { t } from '../locale/i18n'
import { happeningOf, type Happening, type Shape } from './happening'

const PAGE = 500
const MOST = 2000

export interface Filter { where: string; search: string }

export class CalendarSource {
  readonly version = signal(0)
  readonly problem = signal<Problem | null>(null)
  readonly loading = signal(true)
  /** There is more than is shown. */
  cut = false
  private rows = new Map<string, RecordData>()
  /** Records that wait for answers: as the server last told them, and what runs. */
  private readonly truth = new Map<string, RecordData>()
  private readonly queues = new Map<string, Promise<void>>()
  private abort = new AbortController()
  private range: [string, string] | null = null

  constructor(readonly entity: Entity, readonly shape: Shape, readonly filter: Filter) {}

  dispose(): void { this.abort.abort() }
  all(): Happening[] { return [...this.rows.values()].flatMap((row) => happeningOf(this.shape, row) ?? []) }
  row(id: string): RecordData | undefined { return this.rows.get(id) }

  show(from: string, to: string): void { this.range = [from, to]; void this.load() }
  refresh(): void { if (this.range) void this.load() }

  private where(from: string, to: string): string {
    const { starts, ends, due, view } = this.shape
    const edge = (dated: boolean, day: string): string => JSON.stringify(dated ? day : instantOf(day, 0))
    const first = edge(starts?.value === 'date', from)
    const last = edge(starts?.value === 'date', to)
    const begins = starts && `(${starts.name} < ${last} and (${starts.name} >= ${first}${ends ? ` or ${ends.name} > ${first}` : ''}))`
    const falls = due && `(${starts ? `${starts.name} == nil and ` : ''}${due.name} >= ${edge(due.value === 'date', from)} and ${due.name} < ${edge(due.value === 'date', to)})`
    const time = [begins, falls].filter(Boolean).join(' or ')
    return [this.filter.where && `(${this.filter.where})`, view.where && `(${view.where})`, `(${time})`].filter(Boolean).join(' and ')
  }

  private async load(): Promise<void> {
    if (!this.range) return
    this.abort.abort()
    const abort = (this.abort = new AbortController())
    this.loading.value = true
    const rows = new Map<string, RecordData>()
    try {
      let after: string | undefined
      do {
        const page: Page = await get<Page>(`records/${this.entity.name}`, { fields: this.shape.fields.join(','), where: this.where(...this.range), q: this.filter.search, sort: this.filter.search ? undefined : 'id', limit: PAGE, after }, abort.signal)
        for (const row of page.records) rows.set(row.id, row)
        after = page.next || undefined
      } while (after && rows.size < MOST)
      this.cut = !!after
      for (const id of this.queues.keys()) { const kept = this.rows.get(id); if (kept) rows.set(id, kept) }
      this.rows = rows
      this.problem.value = null
      this.loading.value = false
    } catch (error) {
      if (abort.signal.aborted) return
      this.loading.value = false
      this.problem.value = error instanceof Problem ? error : new Problem(0, { detail: String(error) })
    }
    this.version.value++
  }

  put(record: RecordData): void { this.rows.set(record.id, record); this.version.value++ }

  /** Writes fields, one write of a record behind the other; drawn before the answer. `shown` is how they
   *  look where that is not what is written. */
  write(id: string, values: Record<string, string | null>, shown: Record<string, Value> = {}): void {
    const before = this.rows.get(id)
    if (!before) return
    if (!this.truth.has(id)) this.truth.set(id, before)
    this.put({ ...before, ...values, ...shown })
    const mine = (this.queues.get(id) ?? Promise.resolve()).then(() => this.carry(id, values, { ...values, ...shown })).finally(() => {
      if (this.queues.get(id) !== mine) return
      const truth = this.truth.get(id)
      this.queues.delete(id)
      this.truth.delete(id)
      if (truth) this.put(truth)
    })
    this.queues.set(id, mine)
  }

  private async carry(id: string, values: Record<string, string | null>, shown: Record<string, Value>): Promise<void> {
    const record = this.truth.get(id)
    if (!record) return
    try { this.truth.set(id, await this.patch(record, values, shown)) } catch (error) { sayProblem(error) }
  }

  /** Somebody else's change of other fields is no reason to stop; of these it is. */
  private async patch(record: RecordData, values: Record<string, string | null>, shown: Record<string, Value>): Promise<RecordData> {
    const send = async (version: number): Promise<RecordData> => {
      const { body, changeset } = await request<RecordData>('PATCH', `records/${this.entity.name}/${record.id}`, { body: values, headers: { 'If-Match': `"${version}"` } })
      offerUndo(t('changed', { what: titleOf(this.entity, record) }), changeset, () => this.refresh())
      return body
    }
    try { return await send(record.version) } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error
      const wished = Object.fromEntries(Object.entries(values).map(([name, wire]) => [name, { wire, shown: shown[name] ?? null }]))
      return goOn(this.entity, record, wished, (current) => send(current.version))
    }
  }
}
