// Where the browser client starts.
import { render } from 'preact'
import { openSession } from './data/session'
import { preferredLanguage, setLanguage } from './locale/i18n'
import { App } from './shell/App'

const root = document.getElementById('app')
await setLanguage(preferredLanguage())
if (root) render(<App />, root)
await openSession()
