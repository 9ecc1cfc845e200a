import { keyTexts } from '../shell/keys'

/** The keys of an action as small caps; decoration, the action itself says its shortcut. */
export function Keys({ keys }: { keys: string | undefined }) {
  return keys ? <span class="keys" aria-hidden="true">{keyTexts(keys).map((text, index) => <kbd key={index}>{text}</kbd>)}</span> : null
}
