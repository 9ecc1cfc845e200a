// Another record beside this one, named in the address.
import { useLocation, useSearchParams } from 'wouter-preact'
import { entity as findEntity } from '../data/session'
import { Peek } from '../list/Peek'

export function RecordPeek() {
  const [address, setAddress] = useSearchParams()
  const [, navigate] = useLocation()
  const [name = '', id = ''] = (address.get('peek') ?? '').split('/')
  const entity = findEntity(name)
  if (!entity?.can.read || !id) return null
  const close = (): void => setAddress((old) => { const next = new URLSearchParams(old); next.delete('peek'); return next })
  return <div class="record-peek"><Peek key={`${name}/${id}`} entity={entity} id={id} onClose={close} onOpen={() => navigate(`/${name}/${id}`)} /></div>
}
