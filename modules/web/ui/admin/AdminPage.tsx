// The administration: one page a noun, each for those with its right; others are told whom to ask.
import { useEffect, useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { entity as findEntity, may, meta } from '../data/session'
import { Empty } from '../kit/Empty'
import { lazy } from '../kit/lazy'
import { TopBar } from '../shell/TopBar'
import { Backup } from './Backup'
import { Company } from './Company'
import { Directories } from './Directories'
import { Extensions } from './Extensions'
import { Fields } from './Fields'
import { Jobs } from './Jobs'
import { Layouts } from './Layouts'
import { Log } from './Log'
import { Mail } from './Mail'
import { Pipelines } from './Pipelines'
import { Plugins } from './Plugins'
import { Roles } from './Roles'
import { Rows } from './Rows'
import { RunPage } from './RunPage'
import { Runs } from './Runs'
import { SignIns } from './SignIns'
import { ta, type AdminKey } from './texts'
import { Users } from './Users'
import { Waiting } from './Waiting'
import { Webhooks } from './Webhooks'
import './work.css'

const ScriptsPage = lazy<object>(() => import('../script/ScriptsPage').then((module) => module.ScriptsPage))
const ScriptPage = lazy<{ id: string }>(() => import('../script/ScriptPage').then((module) => module.ScriptPage))

const changes = (name: string) => (): boolean => findEntity(name)?.can.update ?? false
interface Section { name: AdminKey; may: () => boolean; show: () => preact.JSX.Element; /** Of one of what it lists, by its address. */ one?: (id: string) => preact.JSX.Element; called?: (id: string) => string }
const sections: Section[] = [
  { name: 'users', may: changes('user'), show: () => <Users /> },
  { name: 'teams', may: changes('team'), show: () => <Rows entity="team" sort="name" fields={['name', 'parent', 'head', 'region']} /> },
  { name: 'roles', may: () => may('schema'), show: () => <Roles /> },
  { name: 'directories', may: changes('directory_item'), show: () => <Directories /> },
  { name: 'pipelines', may: changes('stage'), show: () => <Pipelines /> },
  { name: 'entities', may: () => may('schema'), show: () => <Fields /> },
  { name: 'layouts', may: () => may('schema'), show: () => <Layouts /> },
  { name: 'waiting', may: () => may('schema'), show: () => <Waiting /> },
  { name: 'number_series', may: changes('number_series'), show: () => <><p class="hint">{ta('series_text')}</p><Rows entity="number_series" sort="name" fields={['name', 'format', 'digits', 'yearly']} /></> },
  { name: 'tags', may: changes('tag'), show: () => <Rows entity="tag" sort="name" fields={['name', 'color']} /> },
  { name: 'currencies', may: changes('currency_rate'), show: () => <Rows entity="currency_rate" sort="-on" fields={['currency', 'on', 'rate']} /> },
  { name: 'company', may: () => may('settings'), show: () => <Company /> },
  { name: 'mail', may: () => meta.value?.user.admin ?? false, show: () => <Mail /> },
  { name: 'plugins', may: () => meta.value?.user.admin ?? false, show: () => <Plugins /> },
  { name: 'extensions', may: () => may('settings'), show: () => <Extensions /> },
  { name: 'jobs', may: () => true, show: () => <Jobs /> },
  { name: 'scripts', may: () => may('scripts'), show: () => <ScriptsPage />, one: (id) => <ScriptPage key={id} id={id} />, called: (id) => id.replace(/^plugin-/, '') },
  { name: 'runs', may: () => may('scripts'), show: () => <Runs />, one: (id) => <RunPage key={id} id={id} />, called: () => ta('run') },
  { name: 'webhooks', may: () => may('scripts'), show: () => <Webhooks /> },
  { name: 'log', may: () => true, show: () => <Log /> },
  { name: 'sign_ins', may: () => may('log'), show: () => <SignIns /> },
  { name: 'backup', may: () => may('settings'), show: () => <Backup /> },
]

export function AdminPage({ section, id }: { section: string; id?: string }) {
  const current = sections.find((item) => item.name === section)
  const one = id !== undefined ? current?.one : undefined
  const title = (one && id !== undefined && current?.called?.(id)) || ta(current?.name ?? 'admin')
  useEffect(() => { document.title = `${title} · Perigee` }, [title])
  const nav = useRef<HTMLElement>(null)
  useEffect(() => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }), [section])
  return (
    <div class="page">
      <TopBar crumbs={[{ text: ta('admin'), href: '/admin/users' }, ...(current ? [{ text: ta(current.name), ...(one ? { href: `/admin/${current.name}` } : {}) }] : []), ...(one ? [{ text: title }] : [])]} />
      <div class="admin">
        <nav ref={nav} class="admin-nav" aria-label={ta('admin')}>
          {sections.filter((item) => item.may()).map((item) => <Link key={item.name} href={`/admin/${item.name}`} aria-current={item === current ? 'page' : undefined}>{ta(item.name)}</Link>)}
        </nav>
        <main id="main" class="work">
          <h1>{title}</h1>
          {current && current.may() && (id === undefined || one) ? (one && id !== undefined ? one(id) : <current.show key={section} />) : <Empty icon="circle" text={ta('forbidden')} />}
        </main>
      </div>
    </div>
  )
}
