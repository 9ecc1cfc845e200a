// Reads the editor annotations of Perigee's Lua (sdk/lua, LuaLS) into what the script editor
// offers while somebody types: functions by what they hang on, and the fields of the tables they are given.
const FUNCTION = /^function ([\w.:]+)\(([^)]*)\) end$/
const FIELD = /^---@field (?:\[\w+\] )?([\w]*)(\?)? ?(.*)$/

/** "fun(a): b" and "{ a: b }" hold spaces; what stands behind a type is its description. */
function withoutType(text) {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if ('({<'.includes(text[i])) depth++
    if (')}>'.includes(text[i])) depth--
    if (text[i] === ' ' && depth === 0 && !'|:,'.includes(text[i - 1]) && text[i + 1] !== '|') return text.slice(i + 1)
  }
  return ''
}

/** { words: { "": [global], "crm": [member], "query": ... }, fields: { Event: [...] } }; an item is [name, signature, text]. */
export function readAnnotations(source) {
  const words = {}
  const fields = {}
  let told = []
  for (const line of source.split('\n')) {
    if (line.startsWith('---') && !line.startsWith('----')) { told.push(line); continue }
    if (line.startsWith('function ')) {
      const found = FUNCTION.exec(line)
      if (!found) throw new Error(`sdk/lua: this line is not read: ${line}`)
      const at = Math.max(found[1].lastIndexOf('.'), found[1].lastIndexOf(':'))
      const owner = found[1].slice(0, Math.max(at, 0))
      const text = told.filter((item) => !item.startsWith('---@')).map((item) => item.slice(3)).join(' ')
      ;(words[owner] ??= []).push([found[1].slice(at + 1), `(${found[2]})`, text])
    }
    const of = told.map((item) => /^---@class perigee\.(\w+)/.exec(item)?.[1]).find(Boolean)
    if (of) fields[of] = told.flatMap((item) => { const found = FIELD.exec(item); return found && found[1] ? [[found[1], found[2] ?? '', withoutType(found[3])]] : [] })
    told = []
  }
  return { words, fields }
}
