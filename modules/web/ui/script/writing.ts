// The state of a script that is being written: its text here and on the server, what saving answered, and what
// somebody else has saved meanwhile.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Problem } from '../data/api'
import { say, sayProblem } from '../data/undo'
import type { OpenEditor } from './codemirror'
import { te } from './texts'
import { keepUnsaved, readUnsaved } from './unsaved'
import { post, readScript, type Checked, type Saved, type Tested, type Trouble, type WholeScript } from './wire'

/** The newest text of a script that is written here. */
export const newestOf = (whole: WholeScript): string => whole.draft?.text ?? whole.files[0]?.text ?? ''

export interface DeskState {
  text: string
  isDirty: boolean
  busy: boolean
  /** What somebody else has saved since the writing began. */
  theirs: WholeScript | null
  checked: Checked | null
  checkProblem: unknown
  tests: Tested[] | null
  opened: (editor: OpenEditor | null) => void
  change: (text: string) => void
  check: (text: string, abort: AbortSignal) => Promise<Trouble[]>
  save: (note: string, isDraft: boolean) => Promise<boolean>
  runTests: () => Promise<void>
  goTo: (line: number) => void
  /** The text of the server in the place of this one; the editor can undo it. */
  take: (whole: WholeScript) => void
  /** Saving goes over what somebody else has saved. */
  keepMine: () => void
}

export function useDesk(whole: WholeScript, reload: () => Promise<void>): DeskState {
  const script = whole.script
  const [began] = useState(() => readUnsaved(script) ?? { text: newestOf(whole), was: whole.was })
  const [text, setText] = useState(began.text)
  const [stored, setStored] = useState(newestOf(whole))
  const [busy, setBusy] = useState(false)
  const [theirs, setTheirs] = useState<WholeScript | null>(began.was === whole.was ? null : whole)
  const [checked, setChecked] = useState<Checked | null>(null)
  const [checkProblem, setCheckProblem] = useState<unknown>(null)
  const [tests, setTests] = useState<Tested[] | null>(null)
  const was = useRef(began.was)
  const now = useRef({ text: began.text, stored: newestOf(whole) })
  const editor = useRef<OpenEditor | null>(null)
  const isDirty = text !== stored

  const keep = (): void => keepUnsaved(script, now.current.text === now.current.stored ? null : { text: now.current.text, was: was.current })
  const change = (next: string): void => { now.current.text = next; setText(next); keep() }
  const store = (next: string, version: string): void => {
    now.current.stored = next
    was.current = version
    setStored(next)
    keep()
  }
  const take = (from: WholeScript): void => {
    store(newestOf(from), from.was)
    editor.current?.replace(newestOf(from))
    setTheirs(null)
  }
  useEffect(() => { // read anew, after a return say: what is not changed here follows
    if (whole.was === was.current) return
    if (now.current.text === now.current.stored) take(whole)
    else setTheirs(whole)
  }, [whole])
  useEffect(() => {
    if (!isDirty) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [isDirty])
  useEffect(() => () => { if (now.current.text !== now.current.stored) say(te('kept_in_tab', { script })) }, [])

  const check = async (wanted: string, abort: AbortSignal): Promise<Trouble[]> => {
    try {
      const answer = await post<Checked>('check', { script, text: wanted }, abort)
      setChecked(answer)
      setCheckProblem(null)
      return answer.problems
    } catch (error) {
      if (!abort.aborted) setCheckProblem(error)
      return []
    }
  }
  const save = async (note: string, isDraft: boolean): Promise<boolean> => {
    const sent = now.current.text
    setBusy(true)
    try {
      const answer = await post<Saved>('save', { script, text: sent, note, was: was.current, ...(isDraft ? { draft: true } : {}) })
      store(sent, answer.version)
      if (!isDraft) setTests(answer.tests)
      say(te(answer.in_force ? 'saved_in_force' : isDraft ? 'saved_draft' : 'saved_refused'))
      await reload()
      return answer.in_force || isDraft
    } catch (error) {
      if (error instanceof Problem && error.status === 412) setTheirs(await readScript(script))
      else sayProblem(error)
      return false
    } finally { setBusy(false) }
  }
  const runTests = async (): Promise<void> => {
    setBusy(true)
    try { setTests((await post<{ tests: Tested[] }>('test', { script, text: now.current.text })).tests) } catch (error) { sayProblem(error) }
    setBusy(false)
  }
  return {
    text, isDirty, busy, theirs, checked, checkProblem, tests, change, check, save, runTests, take,
    opened: (open) => { editor.current = open },
    goTo: (line) => editor.current?.goTo(line),
    keepMine: () => { if (theirs) was.current = theirs.was; setTheirs(null); keep() },
  }
}
