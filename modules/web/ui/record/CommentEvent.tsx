// A comment in a timeline.
import { isReference, type RecordData } from '../data/types'
import { clockText } from '../format/days'
import { Icon } from '../kit/Icon'
import { EventMenu } from './ActivityEvent'
import { MentionText } from './MentionText'
import { actorName } from '../format/format'

export function CommentEvent({ comment, refresh }: { comment: RecordData; refresh: () => void }) {
  const by = comment['created_by']
  const who = actorName(isReference(by) ? by : null)
  const at = String(comment['created_at'] ?? '')
  return (
    <li class="event" data-kind="comment">
      <span class="mark" aria-hidden="true"><Icon name="message-square" size={12} /></span>
      <div class="event-body"><strong>{who}</strong><div class="box"><MentionText text={String(comment['body'] ?? '')} people={comment['mentions']} /></div></div>
      <time dateTime={at}>{clockText(at)}</time>
      <EventMenu entity="comment" record={comment} title={String(comment['body'] ?? '').slice(0, 60)} refresh={refresh} />
    </li>
  )
}
