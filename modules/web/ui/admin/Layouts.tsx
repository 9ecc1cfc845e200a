// How the fields of a kind of record stand on its page: sections in order, the fields of each, and when a
// section is there. Kept as views of the page "section"; without any the program's own order holds.
import { useEffect, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-preact'
import { get, request } from '../data/api'
import { entity as findEntity, loadMeta, meta } from '../data/session'
import { offerTakingBack, sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import { ta } from './texts'

interface Stored { kind: string; name: string; definition: Record<string, unknown> | null }
interface Section { name: string; en: string; ru: string; where: string; fields: string[] }

const texts = (label: unknown): { en: string; ru: string } => {
  if (typeof label === 'string') return { en: label, ru: '' }
  const { en = '', ru = '' } = (label ?? {}) as { en?: string; ru?: string }
  return { en, ru }
}
const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [])

async function stored(entity: string): Promise<Section[]> {
  const { definitions } = await get<{ definitions: Stored[] }>('schema/definitions')
  return definitions
    .filter((item) => item.kind === 'view' && item.definition?.['page'] === 'section' && item.definition['entity'] === entity)
    .sort((a, b) => Number(a.definition?.['position'] ?? 0) - Number(b.definition?.['position'] ?? 0))
    .map(({ name, definition }) => ({ name, ...texts(definition?.['label']), where: String(definition?.['where'] ?? ''), fields: listed((definition?.['fields'] as Record<string, unknown> | undefined)?.['show']) }))
}

async function keep(entity: string, sections: Section[], known: Section[]): Promise<void> {
  for (const gone of known.filter((old) => !sections.some((section) => section.name === old.name))) await request('DELETE', `schema/views/${gone.name}`)
  for (const [at, section] of sections.entries())
    await request('PUT', `schema/views/${section.name}`, {
      body: { page: 'section', entity, position: at + 1, label: { en: section.en, ru: section.ru || section.en }, fields: { show: section.fields }, ...(section.where.trim() ? { where: section.where.trim() } : {}) },
    })
}

const moved = <T,>(list: T[], from: number, to: number): T[] => {
  const next = [...list]
  const [item] = next.splice(from, 1)
  if (item !== undefined) next.splice(to, 0, item)
  return next
}

export function Layouts() {
  const [parameters, setParameters] = useSearchParams()
  const kinds = (meta.value?.entities ?? []).filter((entity) => !entity.system && !entity.child_of && entity.can.read)
  const entity = findEntity(parameters.get('of') ?? '') ?? kinds[0]
  const of = entity?.name ?? ''
  const [known, setKnown] = useState<Section[]>([])
  const [sections, setSections] = useState<Section[]>([])
  const load = (): void => { stored(of).then((found) => { setKnown(found); setSections(found) }, sayProblem) }
  useEffect(load, [of])
  if (!entity) return null
  const set = (at: number, change: Partial<Section>): void => setSections(sections.map((section, index) => (index === at ? { ...section, ...change } : section)))
  const add = (): void => {
    let number = sections.length + 1
    while ([...sections, ...known].some((section) => section.name === `${of}_section_${number}`)) number++
    setSections([...sections, { name: `${of}_section_${number}`, en: '', ru: '', where: '', fields: [] }])
  }
  const write = async (next: Section[]): Promise<void> => {
    try {
      await keep(of, next, known)
      await loadMeta()
      offerTakingBack(ta('saved'), async () => { await keep(of, known, next); await loadMeta(); load() })
    } catch (error) { sayProblem(error) }
    load()
  }
  const fields = entity.fields.filter((field) => field.type !== 'children')
  const labelOf = (name: string): string => fields.find((field) => field.name === name)?.label ?? name
  const taken = new Set(sections.flatMap((section) => section.fields))
  return (
    <>
      <p class="hint">{ta('layouts_text')}</p>
      <div class="role-bar">
        <div class="field narrow"><label for="layout-of">{ta('entity')}</label>
          <select id="layout-of" class="input" value={of} onChange={(event) => setParameters({ of: event.currentTarget.value })}>{kinds.map((item) => <option key={item.name} value={item.name}>{item.label_plural}</option>)}</select></div>
        <Button onClick={add}><Plus size={14} aria-hidden="true" />{ta('add_section')}</Button>
      </div>
      <form class="layout-sections" onSubmit={(event) => { event.preventDefault(); void write(sections) }}>
        {sections.map((section, at) => (
          <fieldset class="layout-section" key={section.name}>
            <legend>{section.en || ta('section_number', { number: at + 1 })}</legend>
            <div class="layout-head">
              <div class="field"><label for={`${section.name}-en`}>{ta('label_en')}</label><input id={`${section.name}-en`} class="input" required maxLength={100} value={section.en} onInput={(event) => set(at, { en: event.currentTarget.value })} autocomplete="off" /></div>
              <div class="field"><label for={`${section.name}-ru`}>{ta('label_ru')}</label><input id={`${section.name}-ru`} class="input" maxLength={100} value={section.ru} onInput={(event) => set(at, { ru: event.currentTarget.value })} autocomplete="off" /></div>
              <div class="field"><label for={`${section.name}-where`}>{ta('section_when')}</label><input id={`${section.name}-where`} class="input code" value={section.where} placeholder={ta('section_always')} onInput={(event) => set(at, { where: event.currentTarget.value })} autocomplete="off" spellcheck={false} /></div>
              <span class="row-actions">
                <button type="button" class="button quiet icon tiny" disabled={at === 0} aria-label={t('move_up', { what: section.en })} onClick={() => setSections(moved(sections, at, at - 1))}><ArrowUp size={13} aria-hidden="true" /></button>
                <button type="button" class="button quiet icon tiny" disabled={at === sections.length - 1} aria-label={t('move_down', { what: section.en })} onClick={() => setSections(moved(sections, at, at + 1))}><ArrowDown size={13} aria-hidden="true" /></button>
                <button type="button" class="button quiet icon tiny" aria-label={`${t('remove')}: ${section.en}`} onClick={() => setSections(sections.filter((item) => item !== section))}><X size={13} aria-hidden="true" /></button>
              </span>
            </div>
            <ol class="layout-fields">
              {section.fields.map((name, index) => (
                <li key={name}>
                  <span>{labelOf(name)}</span>
                  <button type="button" class="button quiet icon tiny" disabled={index === 0} aria-label={t('move_up', { what: labelOf(name) })} onClick={() => set(at, { fields: moved(section.fields, index, index - 1) })}><ArrowUp size={13} aria-hidden="true" /></button>
                  <button type="button" class="button quiet icon tiny" disabled={index === section.fields.length - 1} aria-label={t('move_down', { what: labelOf(name) })} onClick={() => set(at, { fields: moved(section.fields, index, index + 1) })}><ArrowDown size={13} aria-hidden="true" /></button>
                  <button type="button" class="button quiet icon tiny" aria-label={`${t('remove')}: ${labelOf(name)}`} onClick={() => set(at, { fields: section.fields.filter((item) => item !== name) })}><X size={13} aria-hidden="true" /></button>
                </li>
              ))}
            </ol>
            <div class="field narrow"><label for={`${section.name}-add`}>{ta('add_field_here')}</label>
              <select id={`${section.name}-add`} class="input" value="" onChange={(event) => { if (event.currentTarget.value) set(at, { fields: [...section.fields, event.currentTarget.value] }) }}>
                <option value="">{ta('choose_field')}</option>
                {fields.filter((field) => !taken.has(field.name)).map((field) => <option key={field.name} value={field.name}>{field.label}</option>)}
              </select></div>
          </fieldset>
        ))}
        {sections.length === 0 && <p class="hint">{ta('layout_none')}</p>}
        <div class="actions">{sections.length + known.length > 0 && <Button type="submit" look="primary">{t('save')}</Button>}{known.length > 0 && <Button onClick={() => void write([])}>{ta('layout_reset')}</Button>}</div>
      </form>
    </>
  )
}
