// The editor of a text as a component: the program behind it comes when the first one is shown.
import { useEffect, useRef, useState } from 'preact/hooks'
import { ErrorCard } from '../kit/ErrorCard'
import type { EditorOptions, OpenEditor } from './codemirror'

interface EditorProps extends EditorOptions { onOpen?: (editor: OpenEditor | null) => void }

/** Shows another text when its key is another one. */
export function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  const [problem, setProblem] = useState<unknown>(null)
  latest.current = props
  useEffect(() => {
    let editor: OpenEditor | null = null
    let gone = false
    const open = async (): Promise<void> => {
      const { openEditor } = await import('./codemirror')
      if (gone || !host.current) return
      editor = openEditor(host.current, { ...latest.current, onChange: (text) => latest.current.onChange(text), check: (text, abort) => latest.current.check(text, abort) })
      latest.current.onOpen?.(editor)
    }
    open().catch(setProblem)
    return () => { gone = true; latest.current.onOpen?.(null); editor?.close() }
  }, [])
  return problem !== null ? <ErrorCard error={problem} /> : <div ref={host} class="script-editor" />
}
