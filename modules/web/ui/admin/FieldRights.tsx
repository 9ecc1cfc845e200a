// Which fields of one kind a role sees and changes: seen and changed, locked, or hidden as if it were not there.
import { useSearchParams } from 'wouter-preact'
import type { Entity } from '../data/types'
import { ta } from './texts'

interface Named { hidden?: string[]; locked?: string[] }
interface FieldRightsProps<G extends Named> {
  kinds: Entity[]
  grantOf: (entity: string) => G
  setGrant: (entity: string, grant: G) => void
}
const rights = ['free', 'locked', 'hidden'] as const
type Right = (typeof rights)[number]

function rightOf(grant: Named, field: string): Right {
  return grant.hidden?.includes(field) ? 'hidden' : grant.locked?.includes(field) ? 'locked' : 'free'
}

function withRight<G extends Named>(grant: G, field: string, right: Right): G {
  const { hidden = [], locked = [], ...rest } = grant
  const others = (names: string[]): string[] => names.filter((name) => name !== field)
  const next = { hidden: right === 'hidden' ? [...others(hidden), field] : others(hidden), locked: right === 'locked' ? [...others(locked), field] : others(locked) }
  return { ...rest, ...(next.hidden.length ? { hidden: next.hidden } : {}), ...(next.locked.length ? { locked: next.locked } : {}) } as unknown as G
}

export function FieldRights<G extends Named>({ kinds, grantOf, setGrant }: FieldRightsProps<G>) {
  const [parameters, setParameters] = useSearchParams()
  const entity = kinds.find((item) => item.name === parameters.get('fields')) ?? kinds[0]
  if (!entity) return null
  const grant = grantOf(entity.name)
  const choose = (name: string): void => setParameters((old) => { old.set('fields', name); return old })
  return (
    <section>
      <h2>{ta('hidden_locked')}</h2>
      <p class="hint">{ta('hidden_locked_text')}</p>
      <div class="field narrow">
        <label for="fields-of">{ta('field_of')}</label>
        <select id="fields-of" class="input" value={entity.name} onChange={(event) => choose(event.currentTarget.value)}>{kinds.map((item) => <option key={item.name} value={item.name}>{item.label_plural}</option>)}</select>
      </div>
      <ul class="field-rights">
        {entity.fields.filter((field) => !field.standard || field.name === 'owner').map((field) => {
          const right = rightOf(grant, field.name)
          return (
            <li key={field.name}>
              <label for={`right-${field.name}`}>{field.label}</label>
              <select id={`right-${field.name}`} class={`input right-${right}`} value={right} onChange={(event) => setGrant(entity.name, withRight(grant, field.name, event.currentTarget.value as Right))}>
                {rights.map((item) => <option key={item} value={item}>{ta(`field_${item}`)}</option>)}
              </select>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
