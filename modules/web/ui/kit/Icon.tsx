// Icons by the names that definitions use; unknown names get a plain circle.
import {
  Bookmark, Building2, Circle, CheckSquare, Filter, Handshake, Inbox, List, MessageSquare, Package, UserRound, Users,
  type LucideIcon,
} from 'lucide-preact'

const icons: Record<string, LucideIcon> = {
  bookmark: Bookmark, 'building-2': Building2, building: Building2, 'check-square': CheckSquare, filter: Filter, handshake: Handshake,
  inbox: Inbox, list: List, 'message-square': MessageSquare, package: Package, 'user-round': UserRound, users: Users,
}

export function Icon({ name, size = 16 }: { name: string; size?: number }) {
  const Shape = icons[name] ?? Circle
  return <Shape size={size} aria-hidden="true" />
}
