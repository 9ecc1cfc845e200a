// A dry run of the text as it stands in the editor on a record that somebody chooses: what it would write, and
// nothing is written. The address holds what it is tried on.
import { useEffect, useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { worded } from '../admin/RunPage'
import { get } from '../data/api'
import { entity as findEntity, meta } from '../data/session'
import type { Reference } from '../data/types'
import { ReferencePicker } from '../field/ReferencePicker'
import { hearsText } from '../format/causes'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import { t, type MessageKey } from '../locale/i18n'
import { outcomeName } from './outcome'
import { te } from './texts'
import { post, type Declared } from './wire'

interface Change { op: string; entity: string; id: string; fields: Record<string, { before: unknown; after: unknown }> }
interface Effect { verb: string; entity: string | null; at: string | null }
interface Run { handler: string; kind: string; line: number; outcome: string; message: string | null; where: string | null; changes: Change[]; effects: Effect[] }

const WRITES = ['create', 'update', 'delete', 'restore', 'purge']
const opName = (op: string): string => (WRITES.includes(op) ? t(`op_${op}` as MessageKey) : op)

function ChangeLine({ change }: { change: Change }) {
  const of = findEntity(change.entity)
  return (
    <li>{opName(change.op)}: {change.id ? <Link href={`/${change.entity}/${change.id}`}>{of?.label ?? change.entity}</Link> : of?.label ?? change.entity}
      <ul>{Object.entries(change.fields).map(([name, value]) => <li key={name}>{of?.fields.find((field) => field.name === name)?.label ?? name}: {worded(value.before)} → {worded(value.after)}</li>)}</ul>
    </li>
  )
}

function RunCard({ run }: { run: Run }) {
  const others = run.effects.filter((effect) => !WRITES.includes(effect.verb))
  return (
    <li class="try-run">
      <div class="run-head"><strong>{hearsText(run.handler.replace(/^.*\.lua\//, '').replace(/\/1$/, ''))}</strong><span class="hint">{te('line', { line: run.line })}</span><Tag text={outcomeName(run.outcome)} color={run.outcome === 'ok' ? 'green' : run.outcome === 'refused' ? 'amber' : 'red'} /></div>
      {run.message && <p class="field-error">{run.message}{run.where ? ` (${run.where})` : ''}</p>}
      {run.changes.length === 0 && others.length === 0 && run.outcome === 'ok' && <p class="hint">{te('try_nothing')}</p>}
      {run.changes.length > 0 && <ul>{run.changes.map((change, index) => <ChangeLine key={index} change={change} />)}</ul>}
      {others.length > 0 && <ul>{others.map((effect, index) => <li key={index}>{effect.verb} <code>{effect.at}</code></li>)}</ul>}
    </li>
  )
}

export function Try({ script, text, handlers }: { script: string; text: string; handlers: Declared[] }) {
  const [parameters, setParameters] = useSearchParams()
  const [record, setRecord] = useState<Reference | null>(null)
  const [runs, setRuns] = useState<Run[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const set = (values: Record<string, string | null>): void => setParameters((old) => { for (const [name, value] of Object.entries(values)) if (value) old.set(name, value); else old.delete(name); return old }, { replace: true })
  const entities = (meta.value?.entities ?? []).filter((item) => item.can.read && !item.system)
  const heard = handlers.map((item) => item.subject.split('.')[0]!).find((name) => findEntity(name))
  const entity = parameters.get('entity') ?? heard ?? entities[0]?.name ?? ''
  const id = parameters.get('record')
  const actions = handlers.filter((item) => item.kind === 'action' && item.subject === entity && item.name)
  const action = parameters.get('action') ?? ''
  useEffect(() => {
    const title = findEntity(entity)?.title
    if (!id) setRecord(null)
    else if (record?.id !== id) get<Record<string, unknown>>(`records/${entity}/${id}`).then((found) => setRecord({ id, title: String((title && found[title]) ?? id) }), setProblem)
  }, [entity, id])
  const run = async (): Promise<void> => {
    setBusy(true)
    try {
      setRuns((await post<{ runs: Run[] }>('dry-run', { script, text, record: { entity, id }, ...(action ? { action } : {}) })).runs)
      setProblem(null)
    } catch (error) { setProblem(error); setRuns(null) }
    setBusy(false)
  }
  return (
    <>
      <p class="hint">{te('try_note')}</p>
      <div class="try-form">
        <select class="input" aria-label={te('entity')} value={entity} onChange={(event) => { setRuns(null); set({ entity: event.currentTarget.value, record: null, action: null }) }}>
          {entities.map((item) => <option key={item.name} value={item.name}>{item.label}</option>)}
        </select>
        <ReferencePicker key={entity} id="try-record" entity={entity} value={record} label={te('record')} placeholder={te('record')} onPick={(picked) => { setRuns(null); setRecord(picked); set({ entity, record: picked?.id ?? null }) }} />
        {actions.length > 0 && (
          <select class="input" aria-label={te('what_called')} value={action} onChange={(event) => set({ action: event.currentTarget.value })}>
            <option value="">{te('what_saving')}</option>
            {actions.map((item) => <option key={item.name} value={item.name!}>{te('what_action', { name: item.name! })}</option>)}
          </select>
        )}
        <Button look="primary" disabled={busy || !id} onClick={() => void run()}>{te('try')}</Button>
      </div>
      {problem !== null && <ErrorCard error={problem} />}
      <div role="status">{runs?.length === 0 && <p class="hint">{te('try_none')}</p>}</div>
      {runs && runs.length > 0 && <ul class="try-runs">{runs.map((item, index) => <RunCard key={index} run={item} />)}</ul>}
    </>
  )
}
