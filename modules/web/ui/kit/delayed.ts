import { useEffect, useState } from 'preact/hooks'

/** True once `active` has lasted: skeletons appear only where waiting is felt. */
export function useDelayed(active: boolean, ms = 150): boolean {
  const [shown, show] = useState(false)
  useEffect(() => {
    if (!active) { show(false); return }
    const timer = setTimeout(() => show(true), ms)
    return () => clearTimeout(timer)
  }, [active, ms])
  return active && shown
}
