// Why something was done, as the log keeps it ("merge 42", "schedule reminders", "remove_item industry/rail"),
// in the reader's words. What a module of somebody else says stays as it is.
import { entity as findEntity } from '../data/session'
import { textsOf } from '../locale/i18n'
import en from '../locale/cause_en.json'
import ru from '../locale/cause_ru.json'
import { nameOf } from './scripts'

const tk = textsOf({ en, ru })
const plain: Record<string, keyof typeof en> = { undo: 'undo', demo: 'demo', 'stock records': 'stock_records', 'kernel/sweep_sessions': 'sweep', 'script/sweep_runs': 'sweep', reminders: 'reminders' }
const numbered: Record<string, keyof typeof en> = { merge: 'merge', job: 'job', changeset: 'changeset' }

/** What a handler hears: "after deal.created", "before deal", "action deal.renew", "schedule 0 9 * * 1-5". */
export function hearsText(hears: string): string {
  const found = /^(before|after|action|schedule) (.+)$/.exec(hears)
  if (!found) return hears
  const what = found[2]!
  return tk(`hears_${found[1] as 'before' | 'after' | 'action' | 'schedule'}`, { what: found[1] === 'before' ? findEntity(what)?.label ?? what : what })
}

/** A step of a change of definitions: its word, of which the kind of change is the first part, and its subject. */
function stepText(cause: string): string | null {
  const [, verb, subject] = /^(add|rename|change|remove|order|create|restore|hide|fill|recycle)_[a-z]+ (.+)$/.exec(cause) ?? []
  return verb && subject ? tk(`step_${verb as 'add'}`, { what: subject }) : null
}

/** `door`: what came through the door of jobs says no second time that a job did it. */
export function causeText(cause: string | null | undefined, door = ''): string {
  if (!cause) return ''
  const known = plain[cause]
  if (known) return tk(known)
  const [, word, rest] = /^(\w+) (.+)$/.exec(cause) ?? []
  if (word && rest && /^\d+$/.test(rest) && numbered[word]) return word === 'job' && door === 'job' ? '' : tk(numbered[word])
  if (word === 'schedule' && rest) return tk('schedule', { what: causeText(rest) })
  if (word === 'before' && rest) return hearsText(cause)
  if (word === 'script' && rest) return scriptName(cause)
  return stepText(cause) ?? cause
}

/** A handler by its durable name: the file, and what it hears. */
export function scriptName(durable: string): string { const { file, hears } = nameOf(durable); return [file, hearsText(hears)].filter(Boolean).join(' · ') }
