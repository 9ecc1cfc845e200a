// The list of notifications: who did what with which record, the newest first; going to one marks it as read.
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { keepOwn, own } from '../data/own'
import { sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Icon } from '../kit/Icon'
import { textsOf } from '../locale/i18n'
import en from '../locale/notify_en.json'
import ru from '../locale/notify_ru.json'
import { entity as findEntity } from '../data/session'
import { addressOf } from '../script/address'
import './notify.css'
import { askTold, markRead, news, type Told } from './source'

export const tn = textsOf({ en, ru })
const PAGE = 30
const icons: Record<string, string> = { mention: 'message-square', comment: 'message-square', assigned: 'assign', due: 'alarm', job: 'check-square', job_failed: 'x', approval: 'shield', script_disabled: 'alarm', message: 'bell' }
export const kinds = ['mention', 'comment', 'assigned', 'due', 'job', 'job_failed', 'approval', 'script_disabled', 'message'] as const
type Kind = (typeof kinds)[number]
const kindOf = (told: Told): Kind => kinds.find((kind) => kind === told.kind) ?? 'message'

/** "time/scripts/renewals" */
function ofScript(told: Told): [outcome: string, script: string] {
  const [, outcome = '', script = ''] = /^(\w+)\/(.+)$/.exec(told.text ?? '') ?? []
  return [outcome, script]
}

function sentence(told: Told): string {
  const kind = kindOf(told)
  const who = told.actor?.title ?? ''
  if (kind === 'job' || kind === 'job_failed') {
    const work = told.text === 'base.import' ? tn('work_import') : told.text === 'bulk' || told.text?.includes('bulk') ? tn('work_bulk') : told.text?.includes('undo') ? tn('work_undo') : tn('work')
    return tn(kind, { work })
  }
  if (kind === 'message') return told.text ?? ''
  if (kind === 'script_disabled') {
    const [outcome, script] = ofScript(told)
    return tn(outcome === 'time' || outcome === 'memory' ? `script_disabled_${outcome}` : 'script_disabled_crash', { script })
  }
  if (kind === 'approval' && who && /^(approved|refused)\//.test(told.text ?? '')) return tn(told.text?.startsWith('approved') ? 'approval_approved' : 'approval_refused', { who })
  return tn(who || kind === 'due' ? kind : `${kind}_nobody` as 'mention_nobody', { who })
}

function pathOf(told: Told): string | null {
  if (told.about) return findEntity(told.about.entity)?.can.read ? `/${told.about.entity}/${told.about.id}` : null
  if (told.kind === 'script_disabled') return addressOf(ofScript(told)[1])
  if (told.kind === 'job' || told.kind === 'job_failed') return '/admin/jobs'
  return told.kind === 'approval' ? `/admin/waiting?change=${told.text?.split('/')[1] ?? ''}` : null
}

function Row({ told, onOpen }: { told: Told; onOpen: () => void }) {
  return (
    <li class="told" data-unread={told.read_at ? undefined : 'true'}>
      <button type="button" onClick={onOpen}>
        <span class="told-icon"><Icon name={icons[kindOf(told)] ?? 'bell'} size={15} /></span>
        <span class="told-text">
          <span>{sentence(told)}{!told.read_at && <span class="visually-hidden"> ({tn('unread')})</span>}</span>
          {told.about && <strong>{told.about.title ?? told.about.id}</strong>}
          <small>{formatTime(told.at)}</small>
        </span>
      </button>
    </li>
  )
}

function Wanted() {
  const chosen = (own.value['notify'] ?? {}) as Record<string, boolean>
  return (
    <fieldset class="told-kinds"><legend>{tn('wanted')}</legend>
      {kinds.map((kind) => <label key={kind}><input type="checkbox" checked={chosen[kind] !== false} onChange={(event) => keepOwn({ notify: { [kind]: event.currentTarget.checked ? null : false } })} />{tn(`kind_${kind}`)}</label>)}
    </fieldset>
  )
}

export function TellList({ onGo }: { onGo?: () => void }) {
  const [, navigate] = useLocation()
  const [rows, setRows] = useState<Told[] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [choosing, setChoosing] = useState(false)
  const load = (after?: string | null): void => {
    askTold(PAGE, after).then((page) => { setRows((old) => (after && old ? [...old, ...page.notifications] : page.notifications)); setNext(page.next); setProblem(null) }).catch(setProblem)
  }
  useEffect(() => load(), [news.value, own.value['notify']])
  const open = (told: Told): void => {
    if (!told.read_at) markRead([told.id]).catch(sayProblem)
    const path = pathOf(told)
    if (path) { onGo?.(); navigate(path) }
  }
  return (
    <div class="told-list">
      <div class="told-head"><strong class="grow">{tn('title')}</strong>
        <Button look="quiet" onClick={() => void markRead().catch(sayProblem)} disabled={!rows?.some((told) => !told.read_at)}>{tn('read_all')}</Button>
        <Button look="quiet" icon aria-label={tn('wanted')} title={tn('wanted')} aria-expanded={choosing} onClick={() => setChoosing(!choosing)}><Icon name="settings" size={14} /></Button>
      </div>
      {choosing && <Wanted />}
      {problem ? <ErrorCard error={problem} retry={() => load()} /> : null}
      {rows?.length === 0 && <Empty icon="bell" text={tn('none')} />}
      {rows && rows.length > 0 && <ul>{rows.map((told) => <Row key={told.id} told={told} onOpen={() => open(told)} />)}</ul>}
      {next && <div class="told-more"><Button look="quiet" onClick={() => load(next)}>{tn('more')}</Button></div>}
    </div>
  )
}
