// The test's own reading of well-formed CSV: rows as objects by header, texts trimmed, doubled headers kept
// under their first place.
import { readFileSync } from 'node:fs'

/** All rows of cells of a text. */
export function cells(text, delimiter = ',') {
  const rows = [[]]
  let cell = ''
  let quoted = false
  const end = () => {
    rows.at(-1).push(cell)
    cell = ''
  }
  for (let i = 0; i < text.length; i++) {
    const ch = text[i]
    if (quoted && ch === '"' && text[i + 1] === '"') cell += text[++i]
    else if (ch === '"') quoted = !quoted
    else if (quoted) cell += ch
    else if (ch === delimiter) end()
    else if (ch === '\n') {
      end()
      rows.push([])
    } else if (ch !== '\r') cell += ch
  }
  end()
  return rows.filter((row) => row.some((text) => text.trim() !== ''))
}

export function table(path, delimiter) {
  const [header, ...rows] = cells(readFileSync(path, 'utf8').replace(/^\ufeff/, ''), delimiter)
  const names = header.map((name) => name.trim())
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, (row[at] ?? '').trim()]).filter(([name], at) => names.indexOf(name) === at)))
}
