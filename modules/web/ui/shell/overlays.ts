// Which of the frame's overlays is open.
import { signal } from '@preact/signals'

export type Overlay = 'palette' | 'keys' | 'settings' | null
export const overlay = signal<Overlay>(null)
export const closeOverlay = (): void => { overlay.value = null }
