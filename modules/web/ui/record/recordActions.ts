// What can be done with the record at hand: the registry's entries and the parts of its address.
import { useLocation } from 'wouter-preact'
import { request } from '../data/api'
import { deleteRecord, loadRecord } from '../data/records'
import { meta } from '../data/session'
import { offerUndo, say, sayProblem } from '../data/undo'
import { isReference, type Entity, type RecordData, type Reference } from '../data/types'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { recordSlotActions, type OfferedAction } from '../extend/slots'
import { scriptActionsOf } from '../script/actions'
import { useActions } from '../shell/actions'
import { holds } from './conditions'
import { useParameter } from '../shell/address'
import { pickFiles } from './attachments'
import { usePlace, type Place } from './Neighbours'
import { moveTo, pipelineOf, stageAt } from './StagePath'

export interface RecordAddress { moment: string; showMoment: (moment: string) => void }

export function useRecordAddress(): RecordAddress {
  const [moment, showMoment] = useParameter('as_of')
  return { moment, showMoment }
}

export interface RecordActions { place: Place | null; back: string; remove: () => void; follow: () => void; follows: boolean; canFollow: boolean; offered: OfferedAction[] }

export function useRecordActions(entity: Entity, record: RecordData, address: RecordAddress): RecordActions {
  const [, navigate] = useLocation()
  const place = usePlace(entity.name, record.id)
  const back = place?.back ?? `/${entity.name}`
  const locked = address.moment !== ''
  const canUpdate = entity.can.update && !locked
  const me = meta.value?.user
  const followers = Array.isArray(record['followers']) ? (record['followers'] as Reference[]) : []
  const follows = followers.some((person) => isReference(person) && person.id === me?.id)
  const remove = (): void => {
    deleteRecord(entity, record, () => navigate(`/${entity.name}/${record.id}`)).then(() => navigate(back)).catch(sayProblem)
  }
  const follow = async (): Promise<void> => {
    const { changeset } = await request(follows ? 'DELETE' : 'POST', `records/${entity.name}/${record.id}/followers`)
    await loadRecord(entity.name, record.id)
    offerUndo(follows ? tr('unfollowed') : tr('followed'), changeset, () => void loadRecord(entity.name, record.id))
  }
  const toggle = (): void => { follow().catch(sayProblem) }
  const stages = pipelineOf(entity, record)?.stages ?? []
  const at = stageAt(entity, record)
  const step = (by: number): void => { const next = stages[(at ? stages.indexOf(at) : -1) + by]; if (next) moveTo(entity, record, next) }
  const copy = (): void => { navigator.clipboard.writeText(location.href).then(() => say(tr('link_copied')), sayProblem) }
  const offered = locked ? [] : recordSlotActions(entity.name, record, holds)
  useActions([
    ...offered,
    ...(locked ? [] : scriptActionsOf(entity, record, () => void loadRecord(entity.name, record.id))),
    { id: 'record.next', group: 'record', label: t('next'), keys: ']', icon: 'arrow-right', when: () => !!place?.next, run: () => navigate(`/${entity.name}/${place?.next}`) },
    { id: 'record.previous', group: 'record', label: t('previous'), keys: '[', icon: 'arrow-right', when: () => !!place?.previous, run: () => navigate(`/${entity.name}/${place?.previous}`) },
    { id: 'record.edit', group: 'record', label: t('edit'), keys: 'e', icon: 'pencil', when: () => canUpdate, run: () => document.querySelector<HTMLElement>('.fields .cell-button, .fields .edit-button')?.click() },
    { id: 'record.assign', group: 'record', label: t('assign'), keys: 'a', icon: 'assign', when: () => canUpdate, run: () => document.querySelector<HTMLElement>('[data-field="owner"] button')?.click() },
    { id: 'record.stage', group: 'record', label: t('stage'), keys: 's', icon: 'arrow-right', when: () => canUpdate && !!entity.pipeline, run: () => document.querySelector<HTMLElement>('.path [aria-current], .path button')?.focus() },
    { id: 'record.stage.next', group: 'record', label: tr('stage_next'), keys: 'Alt+ArrowRight', icon: 'arrow-right', when: () => canUpdate && !!entity.pipeline && at !== stages[stages.length - 1], run: () => step(1) },
    { id: 'record.stage.previous', group: 'record', label: tr('stage_previous'), keys: 'Alt+ArrowLeft', icon: 'arrow-right', when: () => canUpdate && !!entity.pipeline && at !== stages[0], run: () => step(-1) },
    { id: 'record.attach', group: 'record', label: tr('attach'), icon: 'paperclip', when: () => !locked, run: () => pickFiles(entity.name, record.id) },
    { id: 'record.follow', group: 'record', label: follows ? tr('unfollow') : tr('follow'), icon: 'bell', when: () => canUpdate && 'followers' in record, run: toggle },
    { id: 'record.as_of', group: 'record', label: tr('as_of'), icon: 'history', when: () => !locked, run: () => address.showMoment(new Date(Date.now() - 86_400_000).toISOString().slice(0, 19) + 'Z') },
    { id: 'record.copy', group: 'record', label: tr('copy_link'), icon: 'share', run: copy },
    { id: 'record.create', group: 'create', label: t('new', { what: entity.label }), keys: 'c', icon: 'plus', when: () => entity.can.create, run: () => navigate(`/${entity.name}/new`) },
    { id: 'record.delete', group: 'record', label: t('delete'), icon: 'trash', danger: true, when: () => entity.can.delete && !locked, run: () => remove() },
    { id: 'record.back', group: 'record', label: t('back'), keys: 'Escape', icon: 'list', run: () => (locked ? address.showMoment('') : navigate(back)) },
  ])
  return { place, back, remove, follow: toggle, follows, canFollow: canUpdate, offered: offered.filter((action) => action.when?.()) }
}
