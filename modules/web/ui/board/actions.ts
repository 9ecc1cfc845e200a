// What can be done on a board, for keys, palette and the sheet of keys.
import type { Entity, RecordData } from '../data/types'
import { t } from '../locale/i18n'
import type { Action } from '../shell/actions'
import type { Keyboard } from './keyboard'
import type { BoardSource } from './source'
import { tb } from './texts'

interface Input {
  entity: Entity
  source: BoardSource
  keyboard: Keyboard
  current: RecordData | undefined
  navigate: (to: string) => void
  filter: () => void
  open: (record: RecordData) => void
  peek: () => void
  remove: (id: string) => void
  add: (stageId: string) => void
}

export function boardActions({ entity, source, keyboard, current, navigate, filter, open, peek, remove, add }: Input): Action[] {
  const isCard = (): boolean => current !== undefined
  const mayMove = (): boolean => isCard() && entity.can.update
  const lift = (): void => { if (current) keyboard.lift(current.id) }
  return [
    { id: 'board.open', group: 'record', label: t('open'), keys: 'Enter', icon: 'enter', when: isCard, run: () => { if (current) open(current) } },
    { id: 'board.lift', group: 'record', label: tb('lift'), keys: 'Space', icon: 'arrow-right', when: mayMove, run: lift },
    { id: 'board.peek', group: 'record', label: t('peek'), keys: 'p', icon: 'panel', when: isCard, run: peek },
    { id: 'board.stage', group: 'record', label: tb('move_to'), keys: 's', icon: 'board', when: mayMove, run: () => { if (current) document.getElementById(`card-menu-${current.id}`)?.click() } },
    { id: 'board.right', group: 'record', label: tb('move_right'), keys: 'Alt+ArrowRight', icon: 'arrow-right', when: mayMove, run: () => keyboard.shift(1) },
    { id: 'board.left', group: 'record', label: tb('move_left'), keys: 'Alt+ArrowLeft', when: mayMove, run: () => keyboard.shift(-1) },
    { id: 'board.delete', group: 'record', label: t('delete'), keys: 'Delete', icon: 'trash', danger: true, when: () => isCard() && entity.can.delete, run: () => { if (current) remove(current.id) } },
    { id: 'list.create', group: 'create', label: t('new', { what: entity.label }), keys: 'c', icon: 'plus', when: () => entity.can.create, run: () => navigate(`/${entity.name}/new`) },
    { id: 'board.add', group: 'create', label: tb('add_here'), keys: 'Shift+c', icon: 'plus', when: () => entity.can.create, run: () => add((source.columnOf(keyboard.current) ?? source.columns[0])?.stage.id ?? '') },
    { id: 'list.filter', group: 'list', label: t('filter_add'), keys: 'f', icon: 'filter', run: filter },
    { id: 'list.search', group: 'list', label: t('search_in', { what: entity.label_plural }), keys: '/', icon: 'search', run: () => document.getElementById('list-search')?.focus() },
    { id: 'list.refresh', group: 'list', label: t('refresh'), keys: 'Shift+r', icon: 'undo', run: () => source.refresh() },
    { id: 'list.down', group: 'list', label: t('row_next'), keys: 'j', hidden: true, run: () => keyboard.go(0, 1) },
    { id: 'list.up', group: 'list', label: t('row_previous'), keys: 'k', hidden: true, run: () => keyboard.go(0, -1) },
    ...([['ArrowDown', 0, 1], ['ArrowUp', 0, -1], ['ArrowRight', 1, 0], ['ArrowLeft', -1, 0]] as const).map(([keys, x, y]): Action => ({ id: `board.${keys}`, group: 'list', label: '', keys, hidden: true, run: () => keyboard.go(x, y) })),
  ]
}
