// Plugins: what is installed and whether it works; installed from a package, brought up to date, switched off
// and on, removed. What each would do is shown before it is done.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, request } from '../data/api'
import { loadMeta } from '../data/session'
import { offerTakingBack, say } from '../data/undo'
import { language, t } from '../locale/i18n'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { Tag } from '../kit/Tag'
import type { Step } from './plan'
import { Steps } from './Steps'
import { ta, type AdminKey } from './texts'

interface Plugin { plugin: string; version: string | null; label: string; needs: string[]; state: 'in_force' | 'disabled' | 'held' | 'left_out'; problem: string | null; migrations: string[] }
interface PluginPlan { action: string; plugin: string; from: string | null; to: string | null; steps: Step[]; goes: { name: string; records: number }[]; migrations: string[]; migrated: number }
type Verb = 'install' | 'upgrade' | 'enable' | 'disable' | 'remove'
/** What is asked for; `file` of an install or upgrade. */
interface Order { verb: Verb; plugin?: Plugin; file?: File }
type Fate = 'keep' | 'delete'
const tints: Record<Plugin['state'], string> = { in_force: 'green', disabled: 'gray', held: 'amber', left_out: 'red' }
const PACKAGES = '.zip,.tar.gz,.tgz'

function carryOut({ verb, plugin, file }: Order, fate: Fate, dry: boolean): Promise<PluginPlan> {
  const name = encodeURIComponent(plugin?.plugin ?? '')
  const query = new URLSearchParams({ ...(verb === 'remove' ? { records: fate } : {}), ...(dry ? { dry: '1' } : {}) }).toString()
  const path = verb === 'install' ? 'plugins' : verb === 'remove' ? `plugins/${name}` : `plugins/${name}/${verb}`
  const body = file ? { file: new Blob([file], { type: 'application/octet-stream' }) } : {}
  return request<PluginPlan>(verb === 'remove' ? 'DELETE' : 'POST', query ? `${path}?${query}` : path, body).then((answer) => answer.body)
}

const numbers = (count: number): string => new Intl.NumberFormat(language.value).format(count)

function OrderDialog({ order, onClose, onDone }: { order: Order; onClose: () => void; onDone: () => Promise<void> }) {
  const [fate, setFate] = useState<Fate>('keep')
  const [plan, setPlan] = useState<PluginPlan | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    let asked = true
    setPlan(null)
    setProblem(null)
    carryOut(order, fate, true).then((found) => { if (asked) setPlan(found) }, (error: unknown) => { if (asked) setProblem(error) })
    return () => { asked = false }
  }, [fate])
  const label = order.plugin?.label ?? plan?.plugin ?? order.file?.name ?? ''
  const go = async (): Promise<void> => {
    setBusy(true)
    try {
      await carryOut(order, fate, false)
      await Promise.all([loadMeta(), onDone()])
      onClose()
      const said = ta(`plugin_${order.verb}_done` as AdminKey, { what: label })
      const back: Partial<Record<Verb, Verb>> = { enable: 'disable', disable: 'enable' }
      const verb = back[order.verb]
      if (verb && order.plugin) offerTakingBack(said, async () => { await carryOut({ verb, ...(order.plugin ? { plugin: order.plugin } : {}) }, 'keep', false); await Promise.all([loadMeta(), onDone()]) })
      else say(said)
    } catch (error) { setProblem(error); setBusy(false) }
  }
  const refused = plan?.steps.filter((step) => step.step === 'refused').length ?? 0
  const lost = plan?.goes.filter((loss) => loss.records > 0) ?? []
  return (
    <Dialog label={ta(`plugin_${order.verb}_title` as AdminKey, { what: label })} onClose={onClose}>
      <div class="dialog-body">
        {order.verb === 'remove' && (
          <fieldset class="choice">
            <legend>{ta('plugin_fate')}</legend>
            {(['keep', 'delete'] as const).map((name) => <label key={name} class="check"><input type="radio" name="plugin-fate" checked={fate === name} onChange={() => setFate(name)} />{ta(`plugin_fate_${name}`)}</label>)}
          </fieldset>
        )}
        {problem !== null && <ErrorCard error={problem} />}
        {plan && (
          <>
            {(plan.from ?? plan.to) && <p class="hint">{plan.plugin} {[plan.from, plan.to].filter(Boolean).join(' → ')}</p>}
            <h3>{ta('plan')}</h3>
            <Steps plan={{ steps: plan.steps, refused, asked: plan.steps.filter((step) => step.asks).length, background: 0 }} />
            {plan.migrations.length > 0 && <p>{ta('plugin_migrations', { names: plan.migrations.join(', ') })}</p>}
            {lost.length > 0 && <p class="warn">{ta('plugin_goes', { what: lost.map((loss) => `${loss.name}: ${numbers(loss.records)}`).join(', ') })}</p>}
            {fate === 'delete' && order.verb === 'remove' && <p class="warn">{ta('plugin_no_way_back')}</p>}
          </>
        )}
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button look={order.verb === 'remove' ? 'danger' : 'primary'} disabled={!plan || refused > 0 || busy} onClick={() => void go()}>{ta('do_it')}</Button></div>
      </div>
    </Dialog>
  )
}

/** A button that asks for a package. */
function PackageButton({ label, primary, onFile }: { label: string; primary?: boolean; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const take = (box: HTMLInputElement): void => {
    const file = box.files?.[0]
    box.value = '' // the same one may be chosen again
    if (file) onFile(file)
  }
  return (
    <>
      <Button {...(primary ? { look: 'primary' as const } : {})} onClick={() => input.current?.click()}>{label}</Button>
      <input ref={input} type="file" class="visually-hidden" tabIndex={-1} accept={PACKAGES} aria-label={label} onChange={(event) => take(event.currentTarget)} />
    </>
  )
}

function PluginRow({ plugin, onOrder }: { plugin: Plugin; onOrder: (order: Order) => void }) {
  return (
    <section class="extension-row" data-plugin={plugin.plugin}>
      <h2>{plugin.label}<span class="hint">{plugin.version}</span><Tag text={ta(`plugin_${plugin.state}`)} color={tints[plugin.state]} /></h2>
      {plugin.problem && <p class="field-error">{plugin.problem}</p>}
      <span class="hint">{[plugin.plugin, plugin.needs.length ? ta('plugin_needs', { names: plugin.needs.join(', ') }) : '', plugin.migrations.length ? ta('plugin_waiting', { names: plugin.migrations.join(', ') }) : ''].filter(Boolean).join(' · ')}</span>
      <div class="actions">
        {plugin.migrations.length > 0 && plugin.state === 'in_force' && <Button onClick={() => onOrder({ verb: 'upgrade', plugin })}>{ta('plugin_migrate')}</Button>}
        <PackageButton label={ta('plugin_upgrade')} onFile={(file) => onOrder({ verb: 'upgrade', plugin, file })} />
        {plugin.state === 'disabled' ? <Button onClick={() => onOrder({ verb: 'enable', plugin })}>{ta('plugin_enable')}</Button> : <Button onClick={() => onOrder({ verb: 'disable', plugin })}>{ta('plugin_disable')}</Button>}
        <Button look="quiet" onClick={() => onOrder({ verb: 'remove', plugin })}>{ta('plugin_remove')}</Button>
      </div>
    </section>
  )
}

export function Plugins() {
  const [plugins, setPlugins] = useState<Plugin[] | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [order, setOrder] = useState<Order | null>(null)
  const [over, setOver] = useState(false)
  const load = async (): Promise<void> => {
    try { setPlugins((await get<{ plugins: Plugin[] }>('plugins')).plugins); setProblem(null) } catch (error) { setProblem(error) }
  }
  useEffect(() => { void load() }, [])
  const install = (file: File | undefined): void => { if (file) setOrder({ verb: 'install', file }) }
  if (problem !== null) return <ErrorCard error={problem} retry={() => void load()} />
  if (!plugins) return null
  return (
    <div class={`plugin-list${over ? ' over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); install(event.dataTransfer?.files[0]) }}>
      <p class="hint">{ta('plugins_text')}</p>
      <div><PackageButton label={ta('plugin_install')} primary onFile={install} /></div>
      {plugins.length === 0 && <Empty icon="package" text={ta('plugins_none')} />}
      {plugins.map((plugin) => <PluginRow key={plugin.plugin} plugin={plugin} onOrder={setOrder} />)}
      {order && <OrderDialog order={order} onClose={() => setOrder(null)} onDone={load} />}
    </div>
  )
}
