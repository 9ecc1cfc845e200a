// A component loaded when it is first shown; until then nothing, on failure an error card.
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ErrorCard } from './ErrorCard'

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element | null {
  let loaded: ComponentType<P> | null = null
  return function Lazy(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => loaded)
    const [problem, setProblem] = useState<unknown>(null)
    useEffect(() => {
      if (Part) return
      load().then((part) => { loaded = part; setPart(() => part) }).catch(setProblem)
    }, [])
    if (problem) return <ErrorCard error={problem} />
    return Part ? <Part {...props} /> : null
  }
}
