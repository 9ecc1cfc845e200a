// A page of a module or plugin, as navigation shows it.
import { useEffect } from 'preact/hooks'
import { Empty } from '../kit/Empty'
import { t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import { Slot } from './Slot'
import { slotsOf } from './slots'

export function PartPage({ name }: { name: string }) {
  const view = slotsOf('page').find((item) => item.name === name)
  const title = view?.label ?? t('not_found_page')
  useEffect(() => { document.title = `${title} · Perigee` }, [title])
  return (
    <div class="page">
      <TopBar crumbs={[{ text: title }]} />
      <main id="main" class="part-page" tabIndex={-1}>
        {view ? <><h1>{title}</h1><Slot key={view.name} view={view} /></> : <Empty icon="circle" text={title} title />}
      </main>
    </div>
  )
}
