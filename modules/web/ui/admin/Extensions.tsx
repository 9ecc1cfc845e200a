// What modules and plugins add to the pages: whose, what, whether it works, and a way to stop it.
import { useEffect, useState } from 'preact/hooks'
import { meta } from '../data/session'
import { ErrorCard } from '../kit/ErrorCard'
import { Button } from '../kit/Button'
import { Tag } from '../kit/Tag'
import { stopOwner } from '../extend/Broken'
import { failures, loadOwners, type Owner, type Owners } from '../extend/load'
import places from '../locale/extend_en.json'
import { tx } from '../extend/texts'
import '../extend/extend.css'

/** Where it stands, as people call it. */
function placeOf(slot: string): string {
  const key = `slot_${slot.replace('.', '_')}`
  return key in places ? tx(key as Parameters<typeof tx>[0]) : slot
}

export function Extensions() {
  const [known, setKnown] = useState<Owners | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { loadOwners(true).then(setKnown, setProblem) }
  useEffect(load, [])
  const views = (meta.value?.views ?? []).filter((view) => view.slot)
  const coded = known?.owners ?? []
  const drawn = [...new Set(views.map((view) => view.owner))].filter((owner) => !coded.some((item) => item.name === owner)).map((name): Owner => ({ name, label: name, base: null, stopped: false }))
  const owners = [...coded, ...drawn]
  if (problem) return <ErrorCard error={problem} retry={load} />
  return (
    <>
      <p class="hint">{tx('extensions_text')}</p>
      <p><a class="button" href="/?safe=1">{tx('safe')}</a></p>
      {known && owners.length === 0 && known.left_out.length === 0 && <p>{tx('extensions_none')}</p>}
      {owners.map((owner) => {
        const failed = failures.value.filter((item) => item.owner === owner.name)
        const state = owner.stopped ? 'state_stopped' : owner.problem || failed.length ? 'state_problem' : 'state_runs'
        return (
          <section key={owner.name} class="extension-row" data-owner={owner.name}>
            <h2>{owner.label}<Tag text={tx(state)} color={state === 'state_runs' ? 'green' : state === 'state_problem' ? 'red' : 'gray'} /><span class="grow" />
              <Button onClick={() => void stopOwner(owner.name, !owner.stopped).then(load)}>{tx(owner.stopped ? 'start' : 'stop', { owner: owner.name })}</Button></h2>
            <span class="hint">{tx('brings')}: {views.filter((view) => view.owner === owner.name).map((view) => `${view.label ?? view.name} (${placeOf(view.slot ?? '')})`).join(', ')}</span>
            {owner.problem && <span class="field-error">{owner.problem}</span>}
            {failed.map((item) => <span key={item.view} class="field-error">{tx('failed_here')}: {item.label} — {item.text}</span>)}
          </section>
        )
      })}
      {known && known.left_out.length > 0 && <section class="extension-row"><h2>{tx('left_out')}</h2>{known.left_out.map((item) => <span key={item.name} class="field-error">{item.name}: {item.problem}</span>)}</section>}
    </>
  )
}
