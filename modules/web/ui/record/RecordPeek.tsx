// Another record beside this one, named in the address.
import { useLocation } from 'wouter-preact'
import { entity as findEntity } from '../data/session'
import { Peek } from '../list/Peek'
import { useParameter } from '../shell/address'

export function RecordPeek() {
  const [peek, show] = useParameter('peek')
  const [, navigate] = useLocation()
  const [name = '', id = ''] = peek.split('/')
  const entity = findEntity(name)
  if (!entity?.can.read || !id) return null
  return <div class="record-peek"><Peek key={`${name}/${id}`} entity={entity} id={id} onClose={() => show('')} onOpen={() => navigate(`/${name}/${id}`)} /></div>
}
