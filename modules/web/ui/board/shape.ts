// What a board shows of an entity: by the view its module declares for boards, else by what its fields are.
import { fieldFor, fieldsFor, viewsOf } from '../data/session'
import { isReference, type Entity, type Field, type RecordData, type Stage } from '../data/types'
import { isEditable } from '../field/draft'
import { listColumns } from '../pages/columns'

export interface Shape {
  amount: Field | undefined
  weighted: Field | undefined
  /** The time of what is planned next. */
  next: Field | undefined
  /** The time by which somebody has to do something. */
  due: Field | undefined
  lines: Field[]
  /** Asked on a move to a stage of that kind. */
  reasons: Partial<Record<Stage['kind'], Field | undefined>>
  /** What must be typed to add a card. */
  asked: Field[]
  /** All that cards and moves look at, for the request. */
  fields: string[]
}

const LINES_WITHOUT_VIEW = 2

function linesWithoutView(entity: Entity): Field[] {
  return listColumns(entity).filter((field) => field.name !== entity.title && !['money', 'time', 'date'].includes(field.value) && field.ref !== 'stage' && field.ref !== 'pipeline' && field.name !== 'owner').slice(0, LINES_WITHOUT_VIEW)
}

export function shapeOf(entity: Entity): Shape {
  const view = viewsOf('board', entity.name)[0]
  const title = entity.fields.find((field) => field.name === entity.title)
  const amount = view ? fieldFor(view, 'amount') : entity.fields.find((field) => field.type === 'money')
  const lines = view ? fieldsFor(view, 'lines') : linesWithoutView(entity)
  const uses = [amount, fieldFor(view, 'weighted'), fieldFor(view, 'next'), fieldFor(view, 'due'), ...lines]
  const names = entity.pipeline
  const reasons = { won: fieldFor(view, 'won'), lost: fieldFor(view, 'lost') }
  const required = entity.fields.filter((field) => field.required && isEditable(field))
  return {
    amount, weighted: fieldFor(view, 'weighted'), next: fieldFor(view, 'next'), due: fieldFor(view, 'due'), lines, reasons,
    asked: title && isEditable(title) ? [title, ...required.filter((field) => field !== title)] : required,
    fields: [...new Set([entity.title, names?.pipeline, names?.stage, names?.since, 'owner', 'created_at', ...uses.map((field) => field?.name), reasons.won?.name, reasons.lost?.name]
      .filter((name): name is string => name !== undefined && entity.fields.some((field) => field.name === name)))],
  }
}

export function stageIdOf(entity: Entity, record: RecordData): string {
  const value = entity.pipeline ? record[entity.pipeline.stage] : null
  return isReference(value) ? value.id : ''
}
export const isClosed = (stage: Stage): boolean => stage.kind === 'won' || stage.kind === 'lost'
