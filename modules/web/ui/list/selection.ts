// Which rows are chosen: some ids, or everything the filter holds.
import { computed, signal } from '@preact/signals'

export class Selection {
  readonly ids = signal<ReadonlySet<string>>(new Set())
  /** How many the filter holds, when all of them are meant; else 0. */
  readonly all = signal(0)
  readonly size = computed(() => this.all.value || this.ids.value.size)
  anchor = -1
  /** The bar opens with this panel: what a key asked for before anything was chosen. */
  wants: 'assign' | null = null

  has(id: string): boolean { return this.all.value > 0 || this.ids.value.has(id) }

  toggle(id: string, at: number): void {
    this.all.value = 0
    const next = new Set(this.ids.peek())
    if (!next.delete(id)) next.add(id)
    this.ids.value = next
    this.anchor = at
  }

  add(ids: string[]): void { this.all.value = 0; this.ids.value = new Set([...this.ids.peek(), ...ids]) }
  everything(count: number): void { this.ids.value = new Set(); this.all.value = count }
  clear(): void { this.ids.value = new Set(); this.all.value = 0 }
}
