// The rows of a list of any length, fetched as they come into sight. Pages are reached by cursors: from
// the head, from the tail (the reversed order) and from marks left on the way, so that the end of a
// million rows is one request away and its middle a few dozen small ones.
import { signal, type Signal } from '@preact/signals'
import { get, Problem } from '../data/api'
import type { Page, RecordData } from '../data/types'

export type Item = { kind: 'row'; id: string } | { kind: 'group'; key: string; label: string; count: number; sums: string; open: boolean } | { kind: 'more'; key: string }
/** What the table draws: so many items, of which some are known. */
export interface RowSource {
  readonly version: Signal<number>
  readonly status: Signal<SourceStatus>
  readonly rows: Map<string, RecordData>
  count(): number
  at(index: number): Item | undefined
  /** These come into sight. */
  want(from: number, to: number): void
  /** Asks again for what is shown; what stands stays until the answer. */
  refresh(): void
  dispose(): void
  /** Of groups: opens or closes one, shows those that an address holds, and tells which are open now. */
  toggle?(key: string): void
  show?(opened: string): void
  onOpened?: (opened: string) => void
}
export interface SourceStatus { loading: boolean; problem: Problem | null; total: { value: number; exact: boolean } | undefined }
export interface Query { entity: string; fields: string; where: string; search: string; sort: string }

const PAGE = 100
const STRIDE = 1000
const idle: SourceStatus = { loading: true, problem: null, total: undefined }

/** A key may be an expression with commas of its own: coalesce(due_at, starts_at). */
const keysOf = (sort: string): string[] => sort.split(/,(?![^(]*\))/)
function reversed(sort: string): string {
  return keysOf(sort).map((key) => (key.startsWith('-') ? key.slice(1) : `-${key}`)).join(',')
}

/** The order with the id behind it, so that reversing it reverses every row. */
export function totalOrder(sort: string): string {
  const keys = keysOf(sort || '-created_at').filter(Boolean)
  const last = keys[keys.length - 1] ?? ''
  return keys.some((key) => key === 'id' || key === '-id') ? keys.join(',') : [...keys, last.startsWith('-') ? '-id' : 'id'].join(',')
}

/** What stands until there is something to ask with. */
export const unasked = (): RowSource => ({ version: signal(0), status: signal(idle), rows: new Map(), count: () => 0, at: () => undefined, want() {}, refresh() {}, dispose() {} })

export class FlatSource implements RowSource {
  readonly version = signal(0)
  readonly status = signal<SourceStatus>(idle)
  readonly rows = new Map<string, RecordData>()
  private ids: (string | undefined)[] = []
  private cursors = new Map<number, string>([[0, '']])
  private tail = new Map<number, string>([[0, '']])
  private known = 0
  private abort = new AbortController()
  private busy = false
  private wanted: [number, number] = [0, PAGE]

  constructor(readonly query: Query) { void this.open() }

  count(): number { return this.known }
  at(index: number): Item | undefined {
    const id = this.ids[index]
    return id === undefined ? undefined : { kind: 'row', id }
  }
  dispose(): void { this.abort.abort() }

  want(from: number, to: number): void {
    this.wanted = [from, to]
    if (!this.busy) void this.serve()
  }

  refresh(): void {
    this.cursors = new Map([[0, '']])
    this.tail = new Map([[0, '']])
    void this.open(true)
  }

  private async page(after: string, limit: number, options: { reverse?: boolean; bare?: boolean; count?: string } = {}): Promise<Page> {
    const order = totalOrder(this.query.sort)
    return get<Page>(`records/${this.query.entity}`, {
      fields: options.bare ? 'id' : this.query.fields, where: this.query.where, q: this.query.search,
      sort: this.query.search && !this.query.sort ? undefined : options.reverse ? reversed(order) : order,
      limit, after: after || undefined, count: options.count,
    }, this.abort.signal)
  }

  private put(from: number, page: Page, backwards = false): void {
    page.records.forEach((row, offset) => {
      this.rows.set(row.id, row)
      const at = backwards ? this.known - 1 - from - offset : from + offset
      if (at >= 0) this.ids[at] = row.id
    })
    const reached = from + page.records.length
    if (page.next) (backwards ? this.tail : this.cursors).set(reached, page.next)
    this.version.value++
  }

  /** The first page with a quick count; where that is capped, the exact one follows. */
  private async open(again = false): Promise<void> {
    this.abort.abort()
    this.abort = new AbortController()
    this.busy = true
    this.status.value = { ...this.status.value, loading: true, problem: null }
    try {
      const [from] = this.wanted
      const page = await this.page('', PAGE, { count: 'capped' })
      if (again) this.ids = []
      const total = page.total ?? { value: page.records.length, exact: !page.next }
      this.known = Math.max(total.value, page.records.length)
      this.put(0, page)
      this.status.value = { loading: false, problem: null, total }
      this.busy = false
      if (!total.exact) void this.countAll()
      if (again && from >= PAGE) void this.serve()
    } catch (error) { this.fail(error) }
  }

  private async countAll(): Promise<void> {
    try {
      const page = await this.page('', 1, { bare: true, count: 'exact' })
      if (page.total) this.known = page.total.value
      this.status.value = { ...this.status.value, total: page.total }
      this.version.value++
      if (!this.busy) void this.serve()
    } catch (error) { this.fail(error) }
  }

  private fail(error: unknown): void {
    if (error instanceof DOMException) return
    this.busy = false
    this.status.value = { ...this.status.value, loading: false, problem: error instanceof Problem ? error : new Problem(0, { detail: String(error) }) }
  }

  /** Goes on until what is in sight is there; what comes into sight meanwhile is looked at each time. */
  private async serve(): Promise<void> {
    this.busy = true
    try {
      for (let gap = this.gap(); gap >= 0; gap = this.gap()) await this.step(gap)
      this.busy = false
    } catch (error) { this.fail(error) }
  }

  private gap(): number {
    const last = Math.min(this.wanted[1], this.known)
    for (let at = Math.max(0, this.wanted[0]); at < last; at++) if (this.ids[at] === undefined) return at
    return -1
  }

  private async step(gap: number): Promise<void> {
    const head = nearest(this.cursors, gap)
    const back = nearest(this.tail, this.known - 1 - gap)
    const canReverse = this.status.peek().total?.exact === true && !(this.query.search && !this.query.sort)
    const reverse = canReverse && this.known - 1 - gap - back < gap - head
    const from = reverse ? back : head
    const distance = reverse ? this.known - 1 - gap - back : gap - head
    const cursor = (reverse ? this.tail : this.cursors).get(from) ?? ''
    if (distance < PAGE) this.put(from, await this.page(cursor, PAGE * 2, { reverse }), reverse)
    else {
      const bare = distance > STRIDE
      const page = await this.page(cursor, Math.min(STRIDE, distance), { reverse, bare })
      const reached = from + page.records.length
      if (bare && page.next) (reverse ? this.tail : this.cursors).set(reached, page.next)
      if (!bare) this.put(from, page, reverse)
      if (!page.next && reached <= from + distance) this.known = reverse ? this.known : reached
    }
  }
}

function nearest(marks: Map<number, string>, at: number): number {
  let best = 0
  for (const mark of marks.keys()) if (mark <= at && mark > best) best = mark
  return best
}
