// Nothing to show: why, and what to do about it.
import { Link } from 'wouter-preact'
import { may } from '../data/session'
import type { Entity } from '../data/types'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { t } from '../locale/i18n'

export function ListEmpty({ entity, filtered, onClear }: { entity: Entity; filtered: boolean; onClear: () => void }) {
  if (filtered) return <Empty icon="filter" text={t('empty_filtered')}><Button onClick={onClear}>{t('filter_clear')}</Button></Empty>
  return (
    <Empty icon={entity.icon} text={entity.can.create ? t('empty_list') : t('empty_read')}>
      {entity.can.create && <Link href={`/${entity.name}/new`} class="button primary">{t('new', { what: entity.label })}</Link>}
      {entity.can.create && may('import') && <Link href={`/${entity.name}/import`} class="button">{t('import_file')}</Link>}
    </Empty>
  )
}
