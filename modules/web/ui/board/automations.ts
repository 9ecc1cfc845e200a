// What automations do where: of the handlers that hear of this kind of record, those that a move through the
// stages sets off, and for each stage whether its condition can hold there. What the condition asks besides
// the stage is kept as text.
import { effect, signal } from '@preact/signals'
import { get, view } from '../data/api'
import { meta } from '../data/session'
import type { Entity, Pipeline, Stage } from '../data/types'
import { conditionOf, partsOf, type Condition } from '../filter/condition'

interface Handler { script: string; kind: string; subject: string; entity: string | null; when: string | null; handler: string; file: string; line: number; stopped: boolean; day?: { runs: number; failed: number; exact: boolean } }
export interface Automation { handler: Handler; /** Without folder and ending. */ name: string; stages: Set<string>; /** What else must hold. */ also: string }

const AGAIN_MS = 1500

function valuesOf(stage: Stage, pipeline: Pipeline, rest: string[], first: string, names: NonNullable<Entity['pipeline']>): (string | number | null)[] | null {
  if (first === names.pipeline) return rest.length === 0 ? [pipeline.id] : rest[0] === 'name' ? [pipeline.name] : null
  if (first !== names.stage) return null
  if (rest.length === 0) return [stage.id, stage.name]
  const known: Record<string, string | number | null> = { kind: stage.kind, name: stage.name, probability: stage.probability ?? null, limit_days: stage.limit_days ?? null }
  const key = rest.length === 1 ? rest[0] : undefined
  return key !== undefined && key in known ? [known[key] ?? null] : null
}

function compares(value: string | number | null, op: string, wanted: string): boolean {
  if (value === null) return false
  const by = Number(value) - Number(wanted)
  switch (op) {
    case '==': return by === 0
    case '~=': return by !== 0
    case '>': return by > 0
    case '>=': return by >= 0
    case '<': return by < 0
    default: return by <= 0
  }
}

/** Whether the condition holds in the stage; null where it is about something else. */
export function holdsIn(condition: Condition | null, entity: Entity, pipeline: Pipeline, stage: Stage): boolean | null {
  if (!condition || !('field' in condition) || !entity.pipeline) return null
  const [first = '', ...rest] = condition.field.split('.')
  const values = valuesOf(stage, pipeline, rest, first, entity.pipeline)
  if (!values) return null
  switch (condition.kind) {
    case 'any': return values.some((value) => value !== null && condition.values.includes(String(value))) !== condition.not
    case 'compare': return compares(values[0] ?? null, condition.op, condition.value)
    case 'blank': return (values[0] === null) === condition.blank
    default: return null
  }
}

function automationOf(handler: Handler, entity: Entity, pipeline: Pipeline): Automation | null {
  const names = entity.pipeline
  if (!names || handler.kind !== 'after' || handler.entity !== entity.name) return null
  const parts = handler.when ? partsOf(handler.when) : []
  const read = parts.map((text) => ({ text, condition: conditionOf(entity, text) }))
  const speaksOfStage = read.some(({ condition }) => pipeline.stages.some((stage) => holdsIn(condition, entity, pipeline, stage) !== null))
  if (handler.subject !== `${entity.name}.${names.stage}.changed` && !speaksOfStage) return null
  const fits = (stage: Stage): boolean => read.every(({ condition }) => holdsIn(condition, entity, pipeline, stage) !== false)
  const also = read.filter(({ condition }) => pipeline.stages.every((stage) => holdsIn(condition, entity, pipeline, stage) === null)).map(({ text }) => text).join(' and ')
  const name = (handler.file.split('/').at(-1) ?? handler.file).replace(/\.lua$/, '')
  return { handler, name, stages: new Set(pipeline.stages.filter(fits).map((stage) => stage.id)), also }
}

export class Automations {
  readonly list = signal<Automation[]>([])
  private readonly mayAsk = !!meta.value?.user.admin && !view
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly abort = new AbortController()

  constructor(private readonly entity: Entity, private readonly pipeline: Pipeline) {}

  /** Scripts and their runs are for administrators: nobody else asks. */
  async load(): Promise<void> {
    if (!this.mayAsk) return
    try {
      const { handlers } = await get<{ handlers: Handler[] }>('scripts', { runs: 1 }, this.abort.signal)
      this.list.value = handlers.flatMap((handler) => automationOf(handler, this.entity, this.pipeline) ?? [])
    } catch { /* the board goes without them */ }
  }

  /** After a move: its runs come a moment later. */
  soon(): void {
    if (!this.mayAsk || this.list.peek().length === 0) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.load(), AGAIN_MS)
  }

  /** Loads, and again with what the board hears. */
  follow(version: { readonly value: number }): () => void {
    void this.load()
    const stop = effect(() => { void version.value; this.soon() })
    return () => { stop(); clearTimeout(this.timer); this.abort.abort() }
  }
}
