import { initials } from '../pages/columns'

export function Person({ name }: { name: string }) {
  return <span class="who"><span class="avatar tiny" aria-hidden="true">{initials(name)}</span><span>{name}</span></span>
}
