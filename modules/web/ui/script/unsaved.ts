// What is written and not saved, kept in this tab over navigation and reload.
const KEY = 'perigee.script.'

export interface Unsaved { text: string; /** The version that the writing began with. */ was: string }

export function readUnsaved(script: string): Unsaved | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY + script) ?? 'null') as Partial<Unsaved> | null
    return typeof kept?.text === 'string' && typeof kept.was === 'string' ? { text: kept.text, was: kept.was } : null
  } catch { return null }
}

export function keepUnsaved(script: string, unsaved: Unsaved | null): void {
  if (unsaved) sessionStorage.setItem(KEY + script, JSON.stringify(unsaved))
  else sessionStorage.removeItem(KEY + script)
}

/** The scripts that wait in this tab. */
export function unsavedScripts(): Set<string> {
  return new Set(Object.keys(sessionStorage).filter((key) => key.startsWith(KEY)).map((key) => key.slice(KEY.length)))
}
