// Moving a card: drawn at once, then the server's answer. What the target stage wants filled in is asked
// for; a refusal puts the card back and says the server's words.
import { signal } from '@preact/signals'
import { Problem, request } from '../data/api'
import { loadRecord } from '../data/records'
import { offerUndo, say, sayProblem } from '../data/undo'
import type { Entity, Field, RecordData, Stage } from '../data/types'
import { isEditable } from '../field/draft'
import { titleOf } from '../pages/columns'
import { t } from '../locale/i18n'
import type { BoardSource } from './source'
import { stageIdOf, type Shape } from './shape'
import { tb } from './texts'

/** What has to be, or may be, filled in before the move; `messages` are the server's, by field. */
export interface Asking { record: RecordData; stage: Stage; fields: Field[]; messages: Record<string, string>; optional: boolean; answer: (values: Record<string, unknown> | null) => void }
const TRIES_MAX = 8

export class Mover {
  readonly asking = signal<Asking | null>(null)
  /** What a screen reader hears. */
  readonly said = signal('')
  private readonly queues = new Map<string, Promise<void>>()

  constructor(readonly entity: Entity, readonly source: BoardSource, readonly shape: Shape) {}

  move(id: string, stage: Stage): void {
    const row = this.source.row(id)
    if (!row || !this.entity.can.update || stageIdOf(this.entity, row) === stage.id) return
    this.source.moveLocally(id, stage)
    this.said.value = tb('moved', { what: titleOf(this.entity, row), stage: stage.label })
    const before = this.queues.get(id) ?? Promise.resolve()
    const mine = before.then(() => this.carry(id, stage)).finally(() => { if (this.queues.get(id) === mine) this.queues.delete(id) })
    this.queues.set(id, mine)
  }

  private ask(record: RecordData, stage: Stage, fields: Field[], messages: Record<string, string>, optional: boolean): Promise<Record<string, unknown> | null> {
    return new Promise((done) => {
      this.asking.value = { record, stage, fields, messages, optional, answer: (values) => { this.asking.value = null; done(values) } }
    })
  }

  private async carry(id: string, stage: Stage): Promise<void> {
    let record = this.source.known(id)
    if (!record || stageIdOf(this.entity, record) === stage.id) { this.source.answered(id, null); return }
    let values: Record<string, unknown> = {}
    const reason = this.shape.reasons[stage.kind]
    if (reason && isEditable(reason) && !record[reason.name]) {
      const given = await this.ask(record, stage, [reason], {}, true)
      if (!given) { this.back(id, record); return }
      values = given
    }
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const result = await this.write(record, stage, values)
      if (result === 'done') return
      if (result === 'stop') { this.back(id, this.source.known(id) ?? record); return }
      if ('version' in result) record = result as RecordData
      else values = { ...values, ...result }
    }
    this.back(id, record)
  }

  /** What to do next: nothing, go back, write again on a newer record or with more values. */
  private async write(record: RecordData, stage: Stage, values: Record<string, unknown>): Promise<'done' | 'stop' | RecordData | Record<string, unknown>> {
    const name = this.entity.pipeline?.stage ?? ''
    try {
      const { body, changeset } = await request<RecordData>('PATCH', `records/${this.entity.name}/${record.id}`, { body: { ...values, [name]: stage.id }, headers: { 'If-Match': `"${record.version}"` } })
      this.source.answered(record.id, body)
      offerUndo(tb('moved', { what: titleOf(this.entity, record), stage: stage.label }), changeset, () => void this.source.touched([record.id]))
      return 'done'
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return error.status === 412 ? this.overtaken(record) : this.refused(error, record, stage)
    }
  }

  private async overtaken(record: RecordData): Promise<'stop' | RecordData> {
    try {
      const current = await loadRecord(this.entity.name, record.id)
      if (stageIdOf(this.entity, current) === stageIdOf(this.entity, record)) return current
      this.source.put(current)
      say(tb('moved_meanwhile', { what: titleOf(this.entity, record) }))
    } catch (error) { sayProblem(error) }
    return 'stop'
  }

  private async refused(problem: Problem, record: RecordData, stage: Stage): Promise<'stop' | Record<string, unknown>> {
    const faults = problem.fields.length ? problem.fields : problem.field ? [{ field: problem.field, detail: problem.message }] : []
    const { stage: stageField, pipeline } = this.entity.pipeline ?? { stage: '', pipeline: '' }
    const fields = faults.flatMap((fault) => this.entity.fields.find((field) => field.name === fault.field && field.name !== stageField && field.name !== pipeline && isEditable(field)) ?? [])
    if (problem.status === 422 && fields.length > 0 && fields.length === faults.length)
      return (await this.ask(record, stage, fields, Object.fromEntries(faults.map((fault) => [fault.field, fault.detail])), false)) ?? 'stop'
    sayProblem(problem)
    this.said.value = problem.code === 'offline' ? t('offline') : problem.message
    return 'stop'
  }

  private back(id: string, record: RecordData): void { this.source.answered(id, record) }
}
