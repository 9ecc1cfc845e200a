// What stands below a script: one panel at a time, which the address holds.
import { useSearchParams } from 'wouter-preact'
import { te } from './texts'

export type PanelName = 'tests' | 'try' | 'runs' | 'history'
const NAMES: PanelName[] = ['tests', 'try', 'runs', 'history']

/** Without `panel` in the address the first one is shown. */
export function Panels({ of }: { of: Partial<Record<PanelName, () => preact.JSX.Element>> }) {
  const [parameters, setParameters] = useSearchParams()
  const names = NAMES.filter((name) => of[name])
  const chosen = names.find((name) => name === parameters.get('panel')) ?? names[0]
  const choose = (name: PanelName): void => setParameters((old) => { old.set('panel', name); return old }, { replace: true })
  return (
    <div class="script-panels">
      <div class="script-tabs">{names.map((name) => <button key={name} type="button" aria-pressed={name === chosen} onClick={() => choose(name)}>{te(`panel_${name}`)}</button>)}</div>
      {chosen && of[chosen]?.()}
    </div>
  )
}
