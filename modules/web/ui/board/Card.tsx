// One record as a card: title and amount, whose it is, what comes next, how long it has stood here.
import { Component } from 'preact'
import { Link } from 'wouter-preact'
import { MoreHorizontal } from 'lucide-preact'
import { isReference, type Entity, type RecordData, type Stage } from '../data/types'
import { Slot, slotsOf } from '../extend/slots'
import { formatValue } from '../format/format'
import { Icon } from '../kit/Icon'
import { Menu, type MenuItem } from '../kit/Menu'
import { initials, titleOf } from '../pages/columns'
import { ageOf, nextMark } from './marks'
import type { Shape } from './shape'
import { tb } from './texts'

/** What a card asks of the board; the same object for as long as the board stands. */
export interface CardCalls {
  menu: (record: RecordData) => MenuItem[]
  onKey: (event: KeyboardEvent, id: string) => void
  onFocus: (id: string) => void
  onOpen: (record: RecordData) => void
}
export interface CardProps {
  entity: Entity
  shape: Shape
  stage: Stage
  record: RecordData
  current: boolean
  lifted: boolean
  waiting: boolean
  calls: CardCalls
}

/** Drawn again only when something of it has changed: a board draws hundreds at each move of one. */
export class Card extends Component<CardProps> {
  override shouldComponentUpdate(next: CardProps): boolean {
    return (Object.keys(next) as (keyof CardProps)[]).some((key) => next[key] !== this.props[key])
  }
  override render(props: CardProps) { return <Face {...props} /> }
}

function Face({ entity, shape, stage, record, current, lifted, waiting, calls }: CardProps) {
  const { menu, onKey, onFocus, onOpen } = calls
  const title = titleOf(entity, record)
  const mark = nextMark(shape, stage, record)
  const age = ageOf(entity, stage, record)
  const amount = shape.amount ? formatValue(shape.amount, record[shape.amount.name]) : ''
  const lines = shape.lines.map((field) => formatValue(field, record[field.name])).filter(Boolean)
  const owner = record['owner']
  const ownerName = isReference(owner) ? owner.title ?? '' : ''
  const open = (event: MouseEvent): void => { if (!event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); onOpen(record) } }
  return (
    <li class="card" data-card={record.id} data-stuck={age?.stuck ? 'true' : undefined} data-lifted={lifted ? 'true' : undefined} data-waiting={waiting ? 'true' : undefined}>
      <Link class="card-title" id={`card-${record.id}`} href={`/${entity.name}/${record.id}`} tabIndex={current ? 0 : -1} draggable={false} aria-describedby="board-hint"
        onClick={open} onFocus={() => onFocus(record.id)} onKeyDown={(event: KeyboardEvent) => onKey(event, record.id)}>{title}</Link>
      {lines.length > 0 && <p class="card-lines">{lines.join(' · ')}</p>}
      {amount && <p class="card-amount">{amount}</p>}
      <div class="card-foot">
        {slotsOf('board.card', entity.name).map((view) => <Slot key={view.name} view={view} inline record={record} />)}
        {mark && <span class={`mark ${mark.tone}`} title={mark.title}><Icon name={mark.icon} size={12} /><span>{mark.said && <span class="visually-hidden">{mark.said}, </span>}{mark.text}</span></span>}
        <span class="grow" />
        {age && <span class={age.stuck ? 'mark card-age amber' : 'mark card-age'} title={age.stuck ? tb('stuck', { days: age.days, limit: stage.limit_days ?? 0 }) : tb('in_stage', { days: age.days })}>
          {age.stuck && <Icon name="hourglass" size={12} />}<span>{age.text}</span>
        </span>}
        {ownerName && <span class="avatar tiny" title={ownerName} role="img" aria-label={ownerName}>{initials(ownerName)}</span>}
      </div>
      <Menu label={tb('menu', { what: title })} id={`card-menu-${record.id}`} class="button quiet icon tiny card-menu" items={() => menu(record)}><MoreHorizontal size={14} aria-hidden="true" /></Menu>
    </li>
  )
}
