// What an administrator sees where an extension has failed: whose it is, what it said, and a way to stop it.
import { request } from '../data/api'
import type { View } from '../data/types'
import { say, sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Problem } from '../data/api'
import { loadOwners } from './load'
import { tx } from './texts'

export async function stopOwner(owner: string, on: boolean): Promise<void> {
  try {
    await request('POST', on ? 'scripts/stop' : 'scripts/start', { body: { script: owner } })
    await loadOwners(true)
    say(tx(on ? 'stopped' : 'started', { owner }))
  } catch (error) { sayProblem(error) }
}

export function Broken({ view, error, inline }: { view: View; error: unknown; inline: boolean }) {
  const text = error instanceof Problem || error instanceof Error ? error.message : String(error)
  const title = tx('broken', { what: view.label ?? view.name, owner: view.owner })
  if (inline) return <span class="mark amber" title={`${title} ${text}`}><Icon name="alarm" size={12} /><span class="visually-hidden">{title} {text}</span></span>
  return (
    <div class="error-card slot-broken" role="alert">
      <strong>{title}</strong>
      <span>{text}</span>
      <span class="hint">{tx('broken_hint')}</span>
      <Button onClick={() => void stopOwner(view.owner, true)}>{tx('stop', { owner: view.owner })}</Button>
    </div>
  )
}
