// The desk where a script is written: the editor, what is wrong while somebody types, saving - what ran before
// stays when it is refused - and below it tests, a dry run, runs and history.
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { offerTakingBack, sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { useActions } from '../shell/actions'
import { Editor } from './Editor'
import { History } from './History'
import { newestOf, useDesk, type DeskState } from './writing'
import { Panels } from './Panels'
import { ScriptRuns } from './ScriptRuns'
import { Tests } from './Tests'
import { te } from './texts'
import { Try } from './Try'
import { keepUnsaved } from './unsaved'
import { post, type WholeScript } from './wire'

/** What a draft that was refused needs: its reason, and what runs meanwhile. */
function Refusal({ whole }: { whole: WholeScript }) {
  if (!whole.draft?.problem) return null
  const where = whole.draft.where && !whole.draft.problem.includes(whole.draft.where) ? ` (${whole.draft.where})` : ''
  return <p class="run-error" role="alert"><strong>{te('refused_title')}</strong> {whole.draft.problem}{where}{'\n'}{te(whole.version ? 'refused_old_runs' : 'refused_nothing_runs')}</p>
}

function Conflict({ desk }: { desk: DeskState }) {
  const { theirs } = desk
  if (!theirs) return null
  return (
    <div class="script-conflict" role="alert">
      <span>{te('conflict', { who: theirs.draft?.who ?? theirs.who ?? te('somebody') })}</span>
      <Button onClick={() => desk.take(theirs)}>{te('take_theirs')}</Button>
      <Button onClick={desk.keepMine}>{te('keep_mine')}</Button>
    </div>
  )
}

function Troubles({ desk }: { desk: DeskState }) {
  const troubles = desk.checked?.problems ?? []
  if (desk.checkProblem !== null) return <p class="field-error" role="status">{te('check_failed')}</p>
  return (
    <div class="script-troubles" role="status" aria-label={te('problems')}>
      {desk.checked && troubles.length === 0 && <span class="hint">{te('problems_none')}</span>}
      {troubles.map((item, index) => (
        <button key={index} type="button" class={`link ${item.kind}`} onClick={() => desk.goTo(item.line ?? 1)}>{te(item.kind, { line: item.line ?? 1 })}: {item.message}</button>
      ))}
    </div>
  )
}

export function Desk({ whole, reload }: { whole: WholeScript; reload: () => Promise<void> }) {
  const desk = useDesk(whole, reload)
  const [, navigate] = useLocation()
  const [note, setNote] = useState('')
  const isNew = !whole.version && !whole.draft
  const save = (isDraft: boolean): void => { void desk.save(note, isDraft).then((done) => { if (done) setNote('') }) }
  useActions([{ id: 'save_script', group: 'record', label: te('save'), keys: 'Mod+s', always: true, run: () => save(false) }])
  const remove = (): void => {
    const { script } = whole
    post('remove', { script }).then(() => {
      keepUnsaved(script, null)
      desk.take({ ...whole, draft: null, files: [] })
      offerTakingBack(te('removed', { script }), () => post('back', { script }))
      navigate('/admin/scripts')
    }, sayProblem)
  }
  return (
    <>
      <Refusal whole={whole} />
      <Conflict desk={desk} />
      <div class="script-bar">
        <input class="input" value={note} maxLength={200} aria-label={te('note')} placeholder={te('note')} onInput={(event) => setNote(event.currentTarget.value)} />
        <Button look="primary" disabled={desk.busy} onClick={() => save(false)}>{te('save')}</Button>
        <Button disabled={desk.busy} onClick={() => save(true)}>{te('save_draft')}</Button>
        {!isNew && <Button look="quiet" disabled={desk.busy} onClick={remove}>{te('remove')}</Button>}
      </div>
      <div class="script-unsaved" role="status">
        {desk.isDirty && !desk.theirs ? <><span>{te('unsaved')}</span><button type="button" class="link" onClick={() => desk.take(whole)}>{te('discard')}</button></> : <span class="hint keys">{te('keys_note')}</span>}
      </div>
      <Editor text={desk.text} label={te('text_of', { file: whole.script })} isReadOnly={false} onChange={desk.change} check={desk.check} onOpen={desk.opened} />
      <Troubles desk={desk} />
      <Panels of={{
        tests: () => <Tests desk={desk} />,
        try: () => <Try script={whole.script} text={desk.text} handlers={desk.checked?.handlers ?? []} />,
        ...(isNew ? {} : { runs: () => <ScriptRuns script={whole.script} /> }),
        ...(whole.version ? { history: () => <History key={whole.version} script={whole.script} mayReturn onReturned={() => void reload()} /> } : {}),
      }} />
      {isNew && newestOf(whole) === '' && desk.text === '' && <p class="hint">{te('new_note')}</p>}
    </>
  )
}
