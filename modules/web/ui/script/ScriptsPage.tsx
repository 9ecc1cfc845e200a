// The scripts and plugins of the installation: those written here are opened and changed, the others read.
import { useEffect, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import { addressOf } from './address'
import { te, type EditorKey } from './texts'
import { unsavedScripts } from './unsaved'
import { listScripts, nameIsValid, type Script } from './wire'
import './script.css'

export const kindOf = (script: Script): EditorKey => (script.made ? 'made_here' : script.script.startsWith('scripts/') ? 'of_file' : 'of_plugin')

export function ScriptState({ script }: { script: Script }) {
  return (
    <span class="script-state">
      {script.version ? <Tag text={te(script.disabled ? 'state_disabled' : script.stopped ? 'state_stopped' : 'state_runs')} color={script.disabled ? 'red' : script.stopped ? 'amber' : 'green'} /> : <Tag text={te('state_not_in_force')} color="gray" />}
      {script.problem && <Tag text={te('state_problem')} color="red" />}
      {script.draft && <Tag text={te(script.draft.problem ? 'state_draft_refused' : 'state_draft')} color={script.draft.problem ? 'red' : 'blue'} />}
    </span>
  )
}

function NewScript({ taken }: { taken: string[] }) {
  const [name, setName] = useState('')
  const [, navigate] = useLocation()
  const problem = name !== '' && !nameIsValid(name) ? te('name_rule') : taken.includes(`scripts/${name}`) ? te('name_taken') : ''
  const open = (event: Event): void => { event.preventDefault(); if (name && !problem) navigate(addressOf(`scripts/${name}`)) }
  return (
    <form class="add-row" onSubmit={open}>
      <div class="field">
        <label for="new-script">{te('new_name')}</label>
        <input id="new-script" class="input" value={name} autocomplete="off" spellcheck={false} aria-invalid={problem !== ''} aria-describedby="new-script-note" onInput={(event) => setName(event.currentTarget.value)} />
        <p id="new-script-note" class={problem ? 'field-error' : 'hint'} role={problem ? 'alert' : undefined}>{problem || te('name_rule')}</p>
      </div>
      <Button type="submit" look="primary" disabled={name === '' || problem !== ''}>{te('new_script')}</Button>
    </form>
  )
}

export function ScriptsPage() {
  const [scripts, setScripts] = useState<Script[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { listScripts().then((found) => { setScripts(found); setProblem(null) }, setProblem) }
  useEffect(load, [])
  if (problem !== null) return <ErrorCard error={problem} retry={load} />
  if (!scripts) return null
  const unsaved = unsavedScripts()
  return (
    <>
      <p class="hint">{te('scripts_text')}</p>
      <NewScript taken={scripts.map((item) => item.script)} />
      {scripts.length === 0 && <Empty icon="circle" text={te('scripts_none')} />}
      {scripts.length > 0 && (
        <div class="scroll-box" tabIndex={0} role="region" aria-label={te('scripts')}>
          <table class="grid-rows script-rows">
            <thead><tr><th scope="col">{te('script')}</th><th scope="col">{te('state')}</th><th scope="col">{te('written')}</th></tr></thead>
            <tbody>
              {scripts.map((item) => (
                <tr key={item.script}>
                  <td><Link href={addressOf(item.script)}>{item.script}</Link><div class="hint">{te(kindOf(item))}{unsaved.has(item.script) ? ` · ${te('unsaved_here')}` : ''}</div></td>
                  <td><ScriptState script={item} />{item.problem && <div class="field-error">{item.problem}</div>}</td>
                  <td>{item.at ? [formatTime(item.at), item.who].filter(Boolean).join(' · ') : '—'}{item.note && <div class="hint">{item.note}</div>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
