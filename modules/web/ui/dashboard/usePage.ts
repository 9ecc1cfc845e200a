// What stands on a dashboard, asked in one request and kept fresh: a change of what it counts asks again, at most
// once in a few seconds; what was there stays until the answer is.
import { useEffect, useRef, useState } from 'preact/hooks'
import { onHint } from '../data/live'
import { language } from '../locale/i18n'
import type { Parameters } from '../reports/wire'
import { pageBody, runPage, type Definition, type Page } from './wire'

const PAUSE_MS = 3000
const TYPING_MS = 200

export interface Shown { page: Page | null; failure: unknown; busy: boolean; again: () => void }

/** What the figures and lists of a page are made of. */
function entitiesOf(page: Page, definition: Definition): Set<string> {
  const counted = page.widgets.flatMap((found) => found.answer?.metrics ?? []).flatMap((metric) => metric.definition.of ?? [])
  const formulas = page.widgets.some((found) => found.answer?.metrics.some((metric) => metric.definition.formula))
  return new Set([...counted, ...definition.widgets.flatMap((widget) => widget.entity ?? []), ...(formulas ? ['*'] : [])])
}

export function usePage(name: string, parameters: Parameters, draft: Definition | undefined): Shown {
  const [page, setPage] = useState<Page | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(true)
  const [attempt, setAttempt] = useState(0)
  const latest = useRef<Page | null>(null)
  const asked = JSON.stringify(pageBody(parameters, draft))
  useEffect(() => {
    const abort = new AbortController()
    setBusy(true)
    const timer = setTimeout(() => {
      runPage(name, parameters, draft, abort.signal)
        .then((found) => { latest.current = found; setPage(found); setFailure(null); setBusy(false) })
        .catch((error: unknown) => { if (!abort.signal.aborted) { setFailure(error); setBusy(false) } })
    }, draft && latest.current ? TYPING_MS : 0)
    return () => { clearTimeout(timer); abort.abort() }
  }, [name, asked, attempt, language.value])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onHint((hint) => {
      const shown = latest.current
      if (!shown) return
      const counted = entitiesOf(shown, draft ?? shown.dashboard.definition ?? { widgets: [] })
      if (hint && !counted.has('*') && !counted.has(hint.entity)) return
      timer ??= setTimeout(() => { timer = undefined; setAttempt((n) => n + 1) }, PAUSE_MS)
    })
    return () => { stop(); clearTimeout(timer) }
  }, [name])
  return { page, failure, busy, again: () => setAttempt((n) => n + 1) }
}
