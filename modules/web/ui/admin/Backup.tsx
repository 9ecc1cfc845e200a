// How the whole is kept and brought back: by the command line, on the machine of the server.
import { ta } from './texts'

export function Backup() {
  return (
    <div class="import-check">
      <p>{ta('backup_text')}</p>
      <pre class="command"><code>perigee backup /path/to/perigee-backup.tar.gz</code></pre>
      <p>{ta('backup_restore')}</p>
      <pre class="command"><code>perigee restore /path/to/perigee-backup.tar.gz --data /path/to/new</code></pre>
    </div>
  )
}
