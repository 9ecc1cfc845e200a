// How a call of a script ended, as people call it; a word of a later server stays as it is.
import en from '../locale/editor_en.json'
import { te, type EditorKey } from './texts'

export function outcomeName(outcome: string): string {
  const key = `outcome_${outcome}`
  return key in en ? te(key as EditorKey) : outcome
}
