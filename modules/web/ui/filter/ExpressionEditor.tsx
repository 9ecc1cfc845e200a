// The expression as text, checked by the server before it filters; its objection points at the column.
import { useRef, useState } from 'preact/hooks'
import { get, Problem } from '../data/api'
import type { Entity } from '../data/types'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'

export function ExpressionEditor({ entity, text: first, problem: known, onApply }: { entity: Entity; text: string; problem: Problem | null; onApply: (text: string) => void }) {
  const [text, setText] = useState(first)
  const [problem, setProblem] = useState<Problem | null>(known)
  const input = useRef<HTMLTextAreaElement>(null)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    try {
      await get(`records/${entity.name}`, { where: text, limit: 1, fields: 'id' })
      onApply(text.trim())
    } catch (error) {
      if (!(error instanceof Problem)) return
      setProblem(error)
      const at = (error.column ?? 1) - 1
      input.current?.focus()
      input.current?.setSelectionRange(at, at + (/^[\w.]+/.exec(text.slice(at))?.[0].length ?? 1))
    }
  }
  const keys = (event: KeyboardEvent): void => { if (event.key === 'Enter' && !event.shiftKey) void submit(event) }
  const column = problem?.column
  return (
    <form class="expression" onSubmit={(event) => void submit(event)}>
      <label for="expression">{t('expression')}</label>
      <textarea ref={input} id="expression" class="input code" rows={3} autofocus spellcheck={false} value={text} aria-invalid={problem ? 'true' : undefined} aria-describedby={problem ? 'expression-error' : 'expression-hint'}
        placeholder={'amount > 1000 and stage.kind == "open"'} onKeyDown={keys} onInput={(event) => { setText(event.currentTarget.value); setProblem(null) }} />
      {problem
        ? <div class="expression-problem">{column !== undefined && <pre aria-hidden="true">{text.split('\n')[0]}{'\n'}{' '.repeat(Math.max(0, column - 1))}^</pre>}<p class="field-error" id="expression-error" role="alert">{problem.message}</p></div>
        : <p class="hint" id="expression-hint">{t('expression_hint')}</p>}
      <div class="form-actions"><Button type="submit" look="primary" disabled={text.trim() === ''}>{t('apply')}</Button></div>
    </form>
  )
}
