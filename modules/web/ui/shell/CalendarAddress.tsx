// The secret address of a person's calendar feed: made, copied while it is known, made anew, ended.
import { useEffect, useState } from 'preact/hooks'
import { get, request } from '../data/api'
import { sayProblem } from '../data/undo'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import { tc } from '../calendar/texts'

interface Feed { created_at: string | null; path: string | null }

export function CalendarAddress() {
  const [feed, setFeed] = useState<Feed | null>(null)
  const [copied, setCopied] = useState(false)
  const [asked, ask] = useState<'new' | 'end' | null>(null)
  useEffect(() => { get<Feed>('me/calendar').then(setFeed, () => setFeed(null)) }, [])
  if (!feed) return null
  const address = feed.path ? location.origin + feed.path : ''
  const make = async (): Promise<void> => {
    try { setFeed((await request<Feed>('POST', 'me/calendar')).body); setCopied(false) } catch (error) { sayProblem(error) }
  }
  const end = async (): Promise<void> => {
    try { await request('DELETE', 'me/calendar'); setFeed({ created_at: null, path: null }) } catch (error) { sayProblem(error) }
  }
  /** A secret that is gone cannot be brought back: what ends one is asked about. */
  const sure = (what: 'new' | 'end', act: () => Promise<void>) => (): void => { if (feed.created_at && asked !== what) { ask(what); return } ask(null); void act() }
  const copy = async (): Promise<void> => { await navigator.clipboard.writeText(address); setCopied(true) }
  return (
    <fieldset class="calendar-address">
      <legend>{tc('feed')}</legend>
      <p class="hint">{tc(feed.created_at ? (address ? 'feed_once' : 'feed_made') : 'feed_hint')}</p>
      {address && <input class="input" readOnly aria-label={tc('feed')} value={address} onFocus={(event) => event.currentTarget.select()} />}
      <div class="form-actions">
        {address && <Button onClick={() => void copy()}>{t(copied ? 'copied' : 'copy')}</Button>}
        <Button look={address ? 'quiet' : 'plain'} onClick={sure('new', make)}>{tc(asked === 'new' ? 'feed_sure' : feed.created_at ? 'feed_new' : 'feed_make')}</Button>
        {feed.created_at && <Button look="quiet" onClick={sure('end', end)}>{tc(asked === 'end' ? 'feed_sure' : 'feed_end')}</Button>}
      </div>
      {asked && <p class="hint" role="alert">{tc('feed_lost')}</p>}
    </fieldset>
  )
}
