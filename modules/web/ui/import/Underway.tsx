// An import that goes on by itself is found again, from whatever browser: the person's settings hold which.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { keepOwn, own } from '../data/own'
import type { Entity } from '../data/types'
import { ti } from './texts'
import { look, type ImportState } from './wire'

export const isOver = (state: ImportState): boolean => state.state === 'done' || state.state === 'failed'
export function remember(entity: string, id: string | null): void { keepOwn({ imports: { [entity]: id } }) }
function remembered(entity: string): string | null {
  const all = own.peek()['imports'] as Record<string, unknown> | undefined
  return typeof all?.[entity] === 'string' ? all[entity] : null
}

export function Underway({ entity }: { entity: Entity }) {
  const [state, setState] = useState<ImportState | null>(null)
  useEffect(() => {
    const id = remembered(entity.name)
    if (id) look(id).then((found) => { if (isOver(found)) remember(entity.name, null); else setState(found) }, () => remember(entity.name, null))
  }, [entity.name])
  if (!state) return null
  return <p class="underway" role="status">{ti('underway', { file: state.file_name ?? entity.label_plural })} <Link href={`/${entity.name}/import?import=${state.id}`}>{ti('underway_look')}</Link></p>
}
