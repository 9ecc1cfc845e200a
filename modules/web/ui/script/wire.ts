// Scripts as the server tells of them (sdk/doc/rest.md).
import type { Disabled } from '../admin/runFacts'
import { get, request } from '../data/api'

export interface Draft { version: string; who: string | null; at: string; note: string | null; problem: string | null; where: string | null; text?: string }
export interface Script {
  script: string
  /** Written here, not a file or plugin of the installation. */
  made: boolean
  version: string | null
  stopped: boolean
  /** It was killed twice within ten minutes. */
  disabled: Disabled | null
  who: string | null
  at: string | null
  note: string | null
  problem: string | null
  draft: Draft | null
}
export interface WholeScript extends Script { /** What saving compares with: the version that writing begins with. */ was: string; files: { name: string; text: string }[] }
export interface Trouble { line: number | null; kind: 'error' | 'warning'; message: string }
export interface Declared { kind: string; subject: string; name: string | null; line: number | null }
export interface Checked { version: string | null; problems: Trouble[]; handlers: Declared[] }
export interface Tested { test: string; line: number | null; outcome: string; message: string | null; where: string | null; cpu_us: number }
export interface Saved { version: string; in_force: boolean; problem: string | null; tests: Tested[] }
export interface Version { version: string; at: string; who: string | null; note: string | null; in_force: boolean }

export const nameIsValid = (name: string): boolean => /^[a-z][a-z0-9_]{0,47}$/.test(name)

export const listScripts = async (): Promise<Script[]> => (await get<{ scripts: Script[] }>('scripts/list')).scripts
export const readScript = (script: string, version?: string): Promise<WholeScript> => get<WholeScript>('scripts/text', { script, version })
export async function post<T>(path: string, body: object, abort?: AbortSignal): Promise<T> {
  return (await request<T>('POST', `scripts/${path}`, { body, ...(abort ? { signal: abort } : {}) })).body
}
