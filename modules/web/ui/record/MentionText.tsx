// A text as written, with the people that it mentions set apart.
import type { ComponentChildren } from 'preact'
import type { Reference, Value } from '../data/types'

export function MentionText({ text, people }: { text: string; people: Value | undefined }) {
  const names = (Array.isArray(people) ? (people as Reference[]) : []).map((person) => person.title ?? '').filter(Boolean).sort((a, b) => b.length - a.length)
  const parts: ComponentChildren[] = []
  let rest = text
  while (rest) {
    const found = names.map((name) => ({ name, at: rest.indexOf(`@${name}`) })).filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at)[0]
    if (!found) break
    parts.push(rest.slice(0, found.at), <span class="mention" key={parts.length}>@{found.name}</span>)
    rest = rest.slice(found.at + found.name.length + 1)
  }
  parts.push(rest)
  return <>{parts}</>
}
