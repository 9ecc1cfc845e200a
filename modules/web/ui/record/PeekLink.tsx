// A link to a record that opens beside this one; with Ctrl, Shift or the middle button it goes there.
import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { entity as findEntity } from '../data/session'
import { useParameter } from '../shell/address'

interface Props { entity: string; id: string; class?: string; children: ComponentChildren }

export function PeekLink({ entity, id, class: look, children }: Props) {
  const [, show] = useParameter('peek')
  if (!findEntity(entity)?.can.read) return <span class={look}>{children}</span>
  const peek = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || matchMedia('(max-width: 760px)').matches) return
    event.preventDefault()
    show(`${entity}/${id}`)
  }
  return <Link href={`/${entity}/${id}`} class={look} onClick={peek}>{children}</Link>
}
