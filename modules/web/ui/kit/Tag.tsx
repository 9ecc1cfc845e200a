import { CircleCheck, CircleDashed, CirclePause, CircleX } from 'lucide-preact'
import type { Stage } from '../data/types'

export function Tag({ text, color }: { text: string; color?: string | undefined }) {
  return <span class={`tag ${color ?? ''}`}><span>{text}</span></span>
}

const kinds = { open: CircleDashed, won: CircleCheck, lost: CircleX, hold: CirclePause }
const tints = { open: '', won: 'green', lost: 'red', hold: 'amber' }

/** A stage says how it stands by text, sign and tint. */
export function StageTag({ stage }: { stage: Stage }) {
  const Sign = kinds[stage.kind]
  return <span class={`tag ${tints[stage.kind]}`}><Sign size={12} aria-hidden="true" /><span>{stage.label}</span></span>
}
