// One part of the address as state: what the page shows can be sent to somebody.
import { useSearchParams } from 'wouter-preact'

/** Empty takes it out; `replace` leaves no step to go back to. */
export function useParameter(name: string, replace = false): [string, (value: string) => void] {
  const [address, setAddress] = useSearchParams()
  const set = (value: string): void => setAddress((old) => {
    const next = new URLSearchParams(old)
    if (value) next.set(name, value)
    else next.delete(name)
    return next
  }, { replace })
  return [address.get(name) ?? '', set]
}
