// The card in hand and how keys move it: arrows walk, Space lifts, then arrows choose the stage, Enter or
// Space drops, Escape leaves it where it was.
import { useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import type { Entity, RecordData } from '../data/types'
import { titleOf } from '../pages/columns'
import type { Mover } from './mover'
import type { BoardSource } from './source'
import { tb } from './texts'

interface Input { entity: Entity; source: BoardSource; mover: Mover; box: RefObject<HTMLDivElement>; open: (record: RecordData) => void }
export interface Keyboard {
  current: string
  lifted: string
  /** The stage a lifted card is held over. */
  over: string
  focus: (id: string, move?: boolean) => void
  lift: (id: string) => void
  shift: (by: number) => void
  go: (x: number, y: number) => void
  onKey: (event: KeyboardEvent, id: string) => void
}

export function useKeyboard({ entity, source, mover, box, open }: Input): Keyboard {
  const [current, setCurrent] = useState('')
  const [lifted, setLifted] = useState('')
  const [over, setOver] = useState('')

  const focus = (id: string, move = true): void => {
    setCurrent(id)
    if (!move) return
    const take = (): void => {
      const card = document.getElementById(`card-${id}`)
      if (!card || card === document.activeElement) return
      card.focus()
      card.closest('li')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    }
    take()
    requestAnimationFrame(take) // a card that changes its column is drawn anew
  }
  const columnAt = (stageId: string): number => source.columns.findIndex((column) => column.stage.id === stageId)
  const here = (): number => source.columns.findIndex((column) => column.ids.includes(current))

  const go = (x: number, y: number): void => {
    const at = here()
    if (at < 0) { const first = source.columns.find((column) => column.ids.length > 0)?.ids[0]; if (first) focus(first); return }
    const ids = source.columns[at]?.ids ?? []
    const row = ids.indexOf(current)
    if (y) { focus(ids[Math.max(0, Math.min(row + y, ids.length - 1))] ?? current); return }
    for (let next = at + x; next >= 0 && next < source.columns.length; next += x) {
      const there = source.columns[next]?.ids ?? []
      if (there.length) { focus(there[Math.min(row, there.length - 1)] ?? current); return }
    }
  }
  const shift = (by: number): void => {
    const stage = source.columns[here() + by]?.stage
    if (!stage || !current) return
    mover.move(current, stage)
    focus(current)
  }
  const lift = (id: string): void => {
    const column = source.columnOf(id)
    const record = source.row(id)
    if (!entity.can.update || !column || !record) return
    setLifted(id)
    setOver(column.stage.id)
    mover.said.value = tb('lifted', { what: titleOf(entity, record), stage: column.stage.label })
  }
  const letGo = (): void => { setLifted(''); setOver('') }
  const held = (event: KeyboardEvent, id: string): boolean => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 0, ArrowUp: 0 }[event.key]
    if (step !== undefined) {
      const next = source.columns[columnAt(over) + step]
      if (!next) return true
      setOver(next.stage.id)
      mover.said.value = tb('over', { stage: next.stage.label })
      box.current?.querySelector(`[data-stage="${next.stage.id}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
      return true
    }
    if (event.key === 'Escape' || event.key === 'Tab') { letGo(); mover.said.value = tb('dropped_back'); return event.key === 'Escape' }
    if (event.key !== 'Enter' && event.key !== ' ') return false
    const target = source.column(over)
    letGo()
    if (target && target !== source.columnOf(id)) { mover.move(id, target.stage); focus(id) }
    else mover.said.value = tb('dropped_back')
    return true
  }
  const onKey = (event: KeyboardEvent, id: string): void => {
    let taken = false
    if (lifted === id) taken = held(event, id)
    else if (event.key === ' ') { lift(id); taken = true }
    else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) { const record = source.row(id); if (record) { open(record); taken = true } }
    if (taken) { event.preventDefault(); event.stopPropagation() }
  }
  return { current, lifted, over, focus, lift, shift, go, onKey }
}
