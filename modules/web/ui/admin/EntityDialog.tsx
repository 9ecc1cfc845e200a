// What a kind of record is called in each language, its sign, and whether navigation shows it.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import { HIDDEN_ICON } from '../data/session'
import type { Entity } from '../data/types'
import { sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Icon, iconNames } from '../kit/Icon'
import { language, t } from '../locale/i18n'
import type { Change } from './plan'
import { ta } from './texts'

interface Stored { kind: string; name: string; definition: Record<string, unknown> | null }
type Texts = Record<'en' | 'ru', string>
interface Names { label: Texts; label_plural: Texts }
const languages = ['en', 'ru'] as const

/** What people stored, else what stands in the language of the reader. */
function namesOf(entity: Entity, stored: Record<string, unknown>): Names {
  const of = (key: keyof Names): Texts => {
    const known = stored[key]
    if (typeof known === 'string') return { en: known, ru: known }
    const empty = { en: '', ru: '', [language.value]: entity[key] }
    return { ...empty, ...(known as Partial<Texts> | undefined) }
  }
  return { label: of('label'), label_plural: of('label_plural') }
}

export function EntityDialog({ entity, onClose }: { entity: Entity; onClose: (change: Change | null) => void }) {
  const [stored, setStored] = useState<Record<string, unknown> | null>(null)
  const [names, setNames] = useState<Names>(() => namesOf(entity, {}))
  const inNavigation = entity.icon !== '' && entity.icon !== HIDDEN_ICON
  const [icon, setIcon] = useState(inNavigation ? entity.icon : 'circle')
  const [shown, setShown] = useState(inNavigation)
  useEffect(() => {
    get<{ definitions: Stored[] }>('schema/definitions').then(({ definitions }) => {
      const found = definitions.find((item) => (item.kind === 'entity' || item.kind === 'extend') && item.name === entity.name)?.definition ?? {}
      setStored(found)
      setNames(namesOf(entity, found))
    }, sayProblem)
  }, [entity.name])
  const told = (texts: Texts): Record<string, string> => Object.fromEntries(languages.filter((item) => texts[item].trim()).map((item) => [item, texts[item].trim()]))
  const submit = (event: Event): void => {
    event.preventDefault()
    if (!stored) return
    const body = { ...stored, label: told(names.label), label_plural: told(names.label_plural), icon: shown ? icon : HIDDEN_ICON }
    onClose({ method: 'PUT', path: `schema/entities/${entity.name}`, body, title: names.label[language.value] || entity.label })
  }
  const input = (key: keyof Names, of: 'en' | 'ru') => (
    <div class="field">
      <label for={`entity-${key}-${of}`}>{ta(`${key}_${of}`)}</label>
      <input id={`entity-${key}-${of}`} class="input" required maxLength={100} value={names[key][of]} onInput={(event) => setNames({ ...names, [key]: { ...names[key], [of]: event.currentTarget.value } })} autocomplete="off" />
    </div>
  )
  return (
    <Dialog label={ta('rename_entity')} onClose={() => onClose(null)}>
      <form class="dialog-body" onSubmit={submit}>
        {languages.map((of) => <>{input('label', of)}{input('label_plural', of)}</>)}
        <label class="check"><input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />{ta('in_navigation')}</label>
        {shown && (
          <fieldset class="icon-choice"><legend>{ta('icon')}</legend>
            {iconNames.map((name) => <label key={name} title={name}><input type="radio" name="icon" class="visually-hidden" aria-label={name} checked={icon === name} onChange={() => setIcon(name)} /><Icon name={name} /></label>)}
          </fieldset>
        )}
        <div class="actions"><Button onClick={() => onClose(null)}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={!stored}>{t('next')}</Button></div>
      </form>
    </Dialog>
  )
}
