// Icons by the names that definitions use; unknown names get a plain circle.
import {
  AlarmClock, ArrowRight, Bell, Bookmark, Building2, Calendar, Circle, ChartColumn, CheckSquare, CircleDashed, Clock, Columns3, CornerDownLeft, Download, Filter, FolderOpen, Group,
  Handshake, History, Hourglass, House, Inbox, Keyboard, Languages, LayoutDashboard, List, LogOut, Mail, Megaphone, MessageSquare, Moon, Package, PanelLeft, Paperclip, Pencil, Phone, Plus, RotateCcw, Rows3,
  Search, Settings, Share2, Shield, SquareKanban, StickyNote, Sun, SunMoon, Tag, Target, Trash2, Upload, UserRound, UserRoundCheck, Users, Wallet, X, type LucideIcon,
} from 'lucide-preact'

const icons: Record<string, LucideIcon> = {
  alarm: AlarmClock, 'arrow-right': ArrowRight, bell: Bell, bookmark: Bookmark, 'building-2': Building2, building: Building2, calendar: Calendar, chart: ChartColumn,
  board: SquareKanban, 'check-square': CheckSquare, 'circle-dashed': CircleDashed, clock: Clock, columns: Columns3, dashboard: LayoutDashboard, enter: CornerDownLeft, download: Download, filter: Filter, open: FolderOpen, group: Group,
  handshake: Handshake, history: History, hourglass: Hourglass, house: House, inbox: Inbox, keyboard: Keyboard, languages: Languages, list: List, 'log-out': LogOut,
  mail: Mail, megaphone: Megaphone, note: StickyNote, paperclip: Paperclip, phone: Phone,
  'message-square': MessageSquare, moon: Moon, package: Package, panel: PanelLeft, pencil: Pencil, plus: Plus, undo: RotateCcw, rows: Rows3,
  search: Search, settings: Settings, share: Share2, shield: Shield, sun: Sun, 'sun-moon': SunMoon, tag: Tag, trash: Trash2, upload: Upload, user: UserRound,
  'user-round': UserRound, assign: UserRoundCheck, users: Users, target: Target, wallet: Wallet, x: X,
}

/** What people choose from for a kind of record. */
export const iconNames = ['building', 'user', 'users', 'handshake', 'inbox', 'calendar', 'check-square', 'package', 'note', 'mail', 'phone', 'tag', 'bell', 'clock', 'shield', 'house', 'bookmark', 'paperclip', 'circle']

export function Icon({ name, size = 16 }: { name: string; size?: number }) {
  const Shape = icons[name] ?? Circle
  return <Shape size={size} aria-hidden="true" />
}
