// Long work of the server, followed to its end with a bar.
import { signal } from '@preact/signals'
import { get, Problem } from './api'

export interface Job { id: string; state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'; progress: Record<string, unknown> | null; error?: string }
export interface Progress { text: string; done: number | null; of: number | null; /** Gives it up. */ stop?: () => void }

export const progress = signal<Progress | null>(null)
const EVERY_MS = 400

/** Waits for the job; `of` is how many records it has to do, where that is known. */
export async function followJob(id: string, text: string, of: number | null = null): Promise<Record<string, unknown>> {
  progress.value = { text, done: null, of }
  try {
    for (;;) {
      const job = await get<Job>(`jobs/${id}`)
      const matched = job.progress?.['matched']
      progress.value = { text, done: typeof matched === 'number' ? matched : null, of }
      if (job.state === 'done') return job.progress ?? {}
      if (job.state === 'failed' || job.state === 'cancelled') throw new Problem(500, { code: 'job_failed', detail: job.error ?? job.state })
      await new Promise((next) => setTimeout(next, EVERY_MS))
    }
  } finally { progress.value = null }
}
