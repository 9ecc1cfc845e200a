// The one registry of what can be done: palette, keys, menus and the sheet of keys all read it. Pages
// and plugins add actions while they are shown; of two with the same key the newest that applies wins.
import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

export type ActionGroup = 'record' | 'selection' | 'list' | 'create' | 'go' | 'frame'
export interface Action {
  id: string
  label: string
  group: ActionGroup
  /** As events name them: "j", "Mod+k", "Shift+x", "Alt+ArrowUp"; "g d" is one after the other. */
  keys?: string
  icon?: string
  when?: () => boolean
  run: () => void | Promise<void>
  /** Set apart at the end of a menu. */
  danger?: boolean
  /** Only a key: movement and the like say nothing in a palette. */
  hidden?: boolean
  /** Also while somebody types in a field. */
  always?: boolean
}

const scopes = signal<readonly (() => Action[])[]>([])

export function registerActions(scope: () => Action[]): () => void {
  scopes.value = [scope, ...scopes.peek()]
  return () => { scopes.value = scopes.peek().filter((item) => item !== scope) }
}

/** Registers a component's actions as long as it is shown; they see its newest state. */
export function useActions(actions: Action[]): void {
  const latest = useRef(actions)
  latest.current = actions
  useLayoutEffect(() => registerActions(() => latest.current), [])
}

/** Everything that applies now, newest scope first, each id once. */
export function currentActions(): Action[] {
  const seen = new Set<string>()
  return scopes.value.flatMap((scope) => scope()).filter((action) => {
    if (seen.has(action.id) || (action.when && !action.when())) return false
    seen.add(action.id)
    return true
  })
}

export function findAction(id: string): Action | undefined { return currentActions().find((action) => action.id === id) }
export function runAction(id: string): void { void findAction(id)?.run() }
