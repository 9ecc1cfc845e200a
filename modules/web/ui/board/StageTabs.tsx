// On a phone one column is in sight: the stages above it say which and lead to the others.
import { useEffect, useState } from 'preact/hooks'
import type { RefObject } from 'preact'
import { language, t } from '../locale/i18n'
import type { BoardSource } from './source'

export function StageTabs({ source, board }: { source: BoardSource; board: RefObject<HTMLDivElement> }) {
  void source.version.value
  const [at, setAt] = useState(0)
  useEffect(() => {
    const box = board.current
    if (!box) return
    const scrolled = (): void => {
      const middle = box.scrollLeft + box.clientWidth / 2
      const index = [...box.children].findIndex((column) => column instanceof HTMLElement && column.offsetLeft - box.offsetLeft + column.offsetWidth >= middle)
      setAt(Math.max(0, index))
    }
    box.addEventListener('scroll', scrolled, { passive: true })
    return () => box.removeEventListener('scroll', scrolled)
  }, [])
  useEffect(() => { const tab = document.querySelectorAll<HTMLElement>('.stage-tabs button')[at]; const bar = tab?.parentElement; if (tab && bar) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.clientWidth) / 2 }, [at])
  const show = (index: number): void => board.current?.children[index]?.scrollIntoView({ block: 'nearest', inline: 'center' })
  return (
    <div class="stage-tabs" role="group" aria-label={t('stage')}>
      {source.columns.map((column, index) => (
        <button key={column.stage.id} type="button" aria-current={index === at ? 'true' : undefined} onClick={() => show(index)}>{column.stage.label}<span class="column-count">{new Intl.NumberFormat(language.value).format(column.count)}{column.exact ? '' : '+'}</span></button>
      ))}
    </div>
  )
}
