// A little Markdown: headings, lists, paragraphs, **bold**, *leaning*, `code` and links to this server or
// https. Built of elements, never of markup.
import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'

const inlines = /\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)/g

function Anchor({ to, children }: { to: string; children: ComponentChildren }) {
  if (/^\/(?!\/)/.test(to)) return <Link href={to}>{children}</Link>
  return /^https:\/\//i.test(to) ? <a href={to} target="_blank" rel="noreferrer noopener">{children}</a> : <>{children}</>
}

function inline(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = []
  let from = 0
  for (const found of text.matchAll(inlines)) {
    parts.push(text.slice(from, found.index))
    const [whole, bold, leaning, code, label, to] = found
    parts.push(bold ? <strong>{bold}</strong> : leaning ? <em>{leaning}</em> : code ? <code>{code}</code> : <Anchor to={to ?? ''}>{label}</Anchor>)
    from = found.index + whole.length
  }
  return [...parts, text.slice(from)]
}

function Block({ text }: { text: string }) {
  const lines = text.split('\n')
  const heading = /^(#{1,3}) (.+)$/.exec(lines[0] ?? '')
  if (heading) return <p class={`markdown-head level-${heading[1]!.length}`}><strong>{inline(heading[2]!)}</strong></p>
  if (lines.every((line) => /^[-*] /.test(line))) return <ul>{lines.map((line, index) => <li key={index}>{inline(line.slice(2))}</li>)}</ul>
  if (lines.every((line) => /^\d+\. /.test(line))) return <ol>{lines.map((line, index) => <li key={index}>{inline(line.replace(/^\d+\. /, ''))}</li>)}</ol>
  return <p>{inline(lines.join(' '))}</p>
}

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{text.split(/\n{2,}/).map((block) => block.trim()).filter(Boolean).map((block, index) => <Block key={index} text={block} />)}</div>
}
