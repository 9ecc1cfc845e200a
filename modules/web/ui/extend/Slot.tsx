// A slot: what a module or plugin shows in a place of ours. Each stands behind a boundary of its own, in a
// shadow root with its own styles, within the room that the place gives; a broken one is told to
// administrators with its owner, and to nobody else.
import { h, render, type ComponentChildren, type ComponentType, type VNode } from 'preact'
import { Component } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { may } from '../data/session'
import type { View } from '../data/types'
import { contextOf, type Place, type SlotContext } from './context'
import { Drawn } from './Drawn'
import { Broken } from './Broken'
import { kitSheet, loadPart, loadSheet, noteFailure, Stopped } from './load'
import './extend.css'

export interface SlotProps extends Place { view: View; inline?: boolean; otherwise?: ComponentChildren }
interface Mounting { mount: (element: HTMLElement, context: SlotContext) => unknown; css?: string }
type Part = ComponentType<{ context: SlotContext }> & { css?: string }
const isMounting = (part: unknown): part is Mounting => typeof part === 'object' && part !== null && typeof (part as Mounting).mount === 'function'

class Boundary extends Component<{ onError: (error: unknown) => void; children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false }
  override componentDidCatch(error: unknown): void { this.setState({ failed: true }); this.props.onError(error) }
  override render() { return this.state.failed ? null : <>{this.props.children}</> }
}

export function Slot(props: SlotProps) {
  const { view, inline, otherwise } = props
  const [problem, setProblem] = useState<unknown>(null)
  const fail = (error: unknown): void => { if (!(error instanceof Stopped)) noteFailure(view, error); setProblem(error) }
  if (problem) return <>{otherwise}{!(problem instanceof Stopped) && may('settings') && <Broken view={view} error={problem} inline={inline ?? false} />}</>
  if (!view.file) return <Drawn view={view} id={props.record?.id} onError={fail} />
  const Box = inline ? 'span' : 'div'
  return <Box class={`slot${inline ? ' inline' : ''}`} data-slot={`${view.owner}/${view.name}`}><Coded {...props} onError={fail} /></Box>
}

/** A component or { mount }: loaded, given a shadow root, drawn anew when what it is told changes. */
function Coded({ view, onError, ...place }: SlotProps & { onError: (error: unknown) => void }) {
  const host = useRef<HTMLSpanElement>(null)
  const latest = useRef(place)
  latest.current = place
  const shown = useRef<((place: Place) => void) | null>(null)
  useEffect(() => {
    let gone = false
    let dispose: unknown
    const start = async (): Promise<void> => {
      const part = await loadPart(view)
      const css = (part as Part | Mounting).css
      const sheets = await Promise.all([kitSheet(), ...(css ? [loadSheet(view, css)] : [])])
      if (gone || !host.current) return
      const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' })
      root.adoptedStyleSheets = sheets
      const body = document.createElement('div')
      body.className = 'slot-body'
      root.replaceChildren(body)
      if (isMounting(part)) {
        dispose = part.mount(body, contextOf(view, latest.current))
        return
      }
      if (typeof part !== 'function') throw new Error(`${view.file}: "${view.part ?? 'default'}" is no component`)
      shown.current = (next) => render(<Boundary onError={onError}>{h(part as Part, { context: contextOf(view, next) }) as VNode}</Boundary>, body)
      shown.current(latest.current)
      dispose = () => render(null, body)
    }
    start().catch((error) => { if (!gone) onError(error) })
    return () => {
      gone = true
      try { if (typeof dispose === 'function') (dispose as () => void)() } catch (error) { noteFailure(view, error) }
    }
  }, [view.owner, view.name])
  useEffect(() => { shown.current?.(latest.current) }, [place.record, place.value])
  return <span class="slot-host" ref={host} />
}
