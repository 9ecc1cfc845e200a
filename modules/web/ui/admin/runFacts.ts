// Runs of scripts as the server tells of them, and how people call what they name.

export interface Run {
  id: string
  script: string
  version: string | null
  cause: string | null
  started_at: string
  actor: string | null
  outcome: Outcome
  message: string | null
  cpu_us: number
  wall_us: number
  memory_bytes: number
  rows: number
  calls: number
  changeset: string | null
  job: string | null
}
export interface Effect { verb: string; entity: string | null; id: string | null; detail: unknown; at: string | null }
export interface FullRun extends Run { job_state: string | null; effects: Effect[] }
/** Why a script is switched off: how it was killed the second time, by which run. */
export interface Disabled { outcome: string; handler: string; version: string; run: string; at: string }
export interface Handler { script: string; handler: string; kind: string; stopped: boolean; disabled: Disabled | null }

export const outcomes = ['ok', 'error', 'time', 'memory', 'crash', 'cancelled'] as const
export type Outcome = (typeof outcomes)[number]
export const outcomeTints: Record<Outcome, string> = { ok: 'green', error: 'red', time: 'red', memory: 'red', crash: 'red', cancelled: 'amber' }

/** Whose handler it is: the owner that begins its name. */
export function ownerOf(durable: string, handlers: Handler[]): string | undefined {
  return handlers.find((item) => item.handler === durable || item.script === durable || durable.startsWith(`script ${item.script}/`))?.script
}

