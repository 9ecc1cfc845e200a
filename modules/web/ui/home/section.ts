// One section of the day's page: the first records of a view and how many there are; its link leads to
// the list that holds exactly these.
import { signal } from '@preact/signals'
import { get, Problem } from '../data/api'
import { entity as findEntity, fieldFor, fieldsFor } from '../data/session'
import type { Entity, Field, Page, RecordData, View } from '../data/types'

export type Scope = 'mine' | 'all'
const ROWS = 6
const SCOPES: Record<Scope, string> = { mine: 'owner == me()', all: '' }

export function whereOf(view: View, scope: Scope): string {
  const own = view.where && / or /.test(view.where) ? `(${view.where})` : view.where
  return [SCOPES[scope], own].filter(Boolean).join(' and ')
}

export function pathOf(view: View, scope: Scope): string {
  const query = new URLSearchParams({ where: whereOf(view, scope), ...(view.sort ? { sort: view.sort } : {}) })
  return `/${view.entity}?${query.toString()}`
}

export class Section {
  readonly version = signal(0)
  rows: RecordData[] = []
  total: { value: number; exact: boolean } | null = null
  problem: Problem | null = null
  readonly ticked = new Set<string>()
  readonly entity: Entity
  readonly done: Field | undefined
  readonly dates: Field[]
  readonly amount: Field | undefined
  readonly stage: Field | undefined
  readonly kind: Field | undefined
  readonly lines: Field[]
  private abort = new AbortController()

  constructor(readonly view: View, readonly scope: Scope) {
    this.entity = findEntity(view.entity)!
    this.done = fieldFor(view, 'done')
    this.dates = fieldsFor(view, 'date')
    this.amount = fieldFor(view, 'amount')
    this.stage = fieldFor(view, 'stage')
    this.kind = fieldFor(view, 'kind')
    this.lines = fieldsFor(view, 'lines')
    void this.load()
  }

  dispose(): void { this.abort.abort() }

  async load(): Promise<void> {
    this.abort.abort()
    const abort = (this.abort = new AbortController())
    const fields = [this.entity.title, ...[this.done, this.amount, this.stage, this.kind, ...this.dates, ...this.lines].flatMap((field) => field?.name ?? [])]
    try {
      const page = await get<Page>(`records/${this.entity.name}`, { fields: [...new Set(fields)].join(','), where: whereOf(this.view, this.scope), sort: this.view.sort, limit: ROWS, count: 'capped' }, abort.signal)
      if (abort.signal.aborted) return
      this.rows = page.records
      this.total = page.total ?? { value: page.records.length, exact: !page.next }
      this.problem = null
      for (const id of [...this.ticked]) if (!this.rows.some((row) => row.id === id)) this.ticked.delete(id)
    } catch (error) { if (error instanceof Problem) this.problem = error }
    this.version.value++
  }
}
