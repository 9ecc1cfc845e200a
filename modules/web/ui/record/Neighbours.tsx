// Where a record stands in the list it was opened from: "12 of 218", previous and next.
import { Link } from 'wouter-preact'
import { ArrowDown, ArrowUp } from 'lucide-preact'
import { t } from '../locale/i18n'

interface Kept { entity: string; ids: string[]; back: string; position: number; total?: { value: number; exact: boolean } }
export interface Place { back: string; previous: string | undefined; next: string | undefined; position: number; total: number | undefined }

export function usePlace(entity: string, id: string): Place | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem('perigee.place') ?? 'null') as Kept | null
    const at = kept?.entity === entity ? kept.ids.indexOf(id) : -1
    if (!kept || at < 0) return null
    const first = Math.max(0, kept.position - 50)
    return { back: kept.back, previous: kept.ids[at - 1], next: kept.ids[at + 1], position: first + at + 1, total: kept.total?.exact ? kept.total.value : undefined }
  } catch { return null }
}

export function Neighbours({ entity, place }: { entity: string; place: Place | null }) {
  if (!place) return null
  const step = (id: string | undefined, label: string, Shape: typeof ArrowUp): preact.JSX.Element =>
    id ? <Link class="button quiet icon" href={`/${entity}/${id}`} aria-label={label} title={label}><Shape size={14} aria-hidden="true" /></Link>
      : <button type="button" class="button quiet icon" disabled aria-label={label}><Shape size={14} aria-hidden="true" /></button>
  return (
    <span class="neighbours">
      {place.total !== undefined && <span class="number">{t('position', { position: place.position, count: place.total })}</span>}
      {step(place.previous, t('previous'), ArrowUp)}
      {step(place.next, t('next'), ArrowDown)}
    </span>
  )
}
