// Who signed in or tried to, and which administrator looked with whose eyes.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import type { Reference } from '../data/types'
import { sayProblem } from '../data/undo'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { ta, type AdminKey } from './texts'

interface SignIn { id: string; at: string; login: string; user: Reference | null; whom: Reference | null; address: string | null; outcome: string }
interface Listing { records: SignIn[]; next: string | null }

export function SignIns() {
  const [rows, setRows] = useState<SignIn[]>([])
  const [next, setNext] = useState<string | null>(null)
  const load = async (after?: string): Promise<void> => {
    try {
      const page = await get<Listing>('sign-ins', { after })
      setRows((old) => (after ? [...old, ...page.records] : page.records))
      setNext(page.next)
    } catch (error) { sayProblem(error) }
  }
  useEffect(() => { void load() }, [])
  return (
    <>
      <p class="hint">{ta('sign_ins_text')}</p>
      <div class="scroll-box" tabIndex={0} role="region" aria-label={ta('sign_ins')}>
        <table class="grid-rows stacks">
          <thead><tr><th scope="col">{ta('when')}</th><th scope="col">{ta('who')}</th><th scope="col">{ta('what_done')}</th><th scope="col">{ta('address')}</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <td class="nowrap">{formatTime(row.at)}</td>
                <td>{row.user?.title ?? row.login}</td>
                <td>{ta(`sign_in_${row.outcome}` as AdminKey, { whom: row.whom?.title ?? row.login.slice(row.login.indexOf(':') + 1) })}</td>
                <td>{row.address}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {next && <div><Button onClick={() => void load(next)}>{ta('older')}</Button></div>}
    </>
  )
}
