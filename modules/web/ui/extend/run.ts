// Running what a module or plugin adds to palette and lists: a function, which may fail without harm.
import type { View } from '../data/types'
import { sayProblem } from '../data/undo'
import { contextOf, type Place } from './context'
import { loadPart, noteFailure, Stopped } from './load'

export async function runSlot(view: View, place: Place): Promise<void> {
  try {
    const part = await loadPart(view)
    if (typeof part !== 'function') throw new Error(`${view.file}: "${view.part ?? 'default'}" is no function`)
    await (part as (context: unknown) => unknown)(contextOf(view, place))
  } catch (error) {
    if (!(error instanceof Stopped)) noteFailure(view, error)
    sayProblem(error)
  }
}
