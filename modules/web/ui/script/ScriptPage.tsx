// One script by its address: the desk where one that is written here is changed, what lies on the server's disk
// for reading, and a version of before.
import { useEffect, useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { meta } from '../data/session'
import { ErrorCard } from '../kit/ErrorCard'
import { addressOf, ownerAt } from './address'
import { Desk } from './Desk'
import { Editor } from './Editor'
import { History, ReturnButton } from './History'
import { Panels } from './Panels'
import { ScriptRuns } from './ScriptRuns'
import { kindOf, ScriptState } from './ScriptsPage'
import { te } from './texts'
import { listScripts, readScript, type Trouble, type WholeScript } from './wire'
import { StopScript, WhyDisabled } from '../admin/Runs'
import './script.css'

const unknown = (script: string): WholeScript => ({ script, made: true, version: null, stopped: false, disabled: null, who: null, at: null, note: null, problem: null, draft: null, was: '', files: [] })
const unchecked = async (): Promise<Trouble[]> => []

/** What cannot be changed here: its texts, one at a time. */
function Reading({ whole, note }: { whole: WholeScript; note: string }) {
  const [parameters, setParameters] = useSearchParams()
  const chosen = whole.files.find((file) => file.name === parameters.get('file')) ?? whole.files[0]
  if (!chosen) return <p class="hint">{te('no_text')}</p>
  return (
    <>
      <p class="hint">{note}</p>
      {whole.files.length > 1 && (
        <select class="input narrow" aria-label={te('file')} value={chosen.name} onChange={(event) => { const name = event.currentTarget.value; setParameters((old) => { old.set('file', name); return old }, { replace: true }) }}>
          {whole.files.map((file) => <option key={file.name} value={file.name}>{file.name}</option>)}
        </select>
      )}
      <Editor key={`${chosen.name}:${whole.version}`} text={chosen.text} label={te('text_of', { file: chosen.name })} isReadOnly onChange={() => {}} check={unchecked} />
    </>
  )
}

export function ScriptPage({ id }: { id: string }) {
  const script = ownerAt(id)
  const [parameters, setParameters] = useSearchParams()
  const [whole, setWhole] = useState<WholeScript | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const version = parameters.get('version')
  const load = async (): Promise<void> => {
    try {
      const isThere = version !== null || (await listScripts()).some((item) => item.script === script)
      setWhole(isThere || !script.startsWith('scripts/') ? await readScript(script, version ?? undefined) : unknown(script))
      setProblem(null)
    } catch (error) { setProblem(error) }
  }
  useEffect(() => { setWhole(null); void load() }, [script, version])
  if (problem !== null) return <ErrorCard error={problem} retry={() => void load()} />
  if (!whole) return null
  const present = (): void => setParameters((old) => { old.delete('version'); return old })
  const mayReturn = whole.made || (meta.value?.user.admin ?? false)
  const head = (
    <div class="run-head"><ScriptState script={whole} /><span class="hint">{te(kindOf(whole))}</span><span class="grow" />
      {whole.version && <StopScript owner={script} stopped={whole.stopped} bare onDone={() => void load()} />}
    </div>
  )
  const off = whole.disabled && <WhyDisabled why={whole.disabled} />
  if (version !== null)
    return (
      <>
        {head}
        {off}
        <div class="run-head"><Link href={addressOf(script)}>{te('to_present')}</Link><span class="grow" />{mayReturn && <ReturnButton script={script} version={version} onDone={present} />}</div>
        <Reading key={version} whole={whole} note={te('version_note', { version })} />
      </>
    )
  if (whole.made) return <>{head}{off}<Desk key={script} whole={whole} reload={load} /></>
  return (
    <>
      {head}
      {off}
      {whole.problem && <p class="run-error" role="alert">{whole.problem}</p>}
      <Reading whole={whole} note={te('read_only_note')} />
      <Panels of={{ runs: () => <ScriptRuns script={script} />, history: () => <History script={script} mayReturn={mayReturn} onReturned={() => void load()} /> }} />
    </>
  )
}
