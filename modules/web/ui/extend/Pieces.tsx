// The pieces of a description, one component a kind. A piece of a kind that is not known is named instead.
import { useId, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { formatMoney } from '../format/format'
import { Button } from '../kit/Button'
import { Tag } from '../kit/Tag'
import { language, t } from '../locale/i18n'
import type { Money } from '../data/types'
import { Markdown } from './Markdown'
import { tx } from './texts'

type Cell = string | number | boolean | null | Money | { text?: string; entity?: string; id?: string; tone?: string }
export interface Piece {
  kind: string
  title?: string
  label?: string
  text?: string
  value?: Cell
  tone?: string
  note?: string
  columns?: (string | { label: string; align?: string })[]
  rows?: Cell[][]
  bars?: { label: string; value: number; text?: string; tone?: string }[]
  fields?: { name: string; label?: string; type?: string; value?: string; options?: (string | { value: string; label: string })[] }[]
  button?: string
  stages?: { label: string; cards: { title: string; text?: string; entity?: string; id?: string }[] }[]
}
const CELLS_MAX = 5000
const list = <T,>(value: T[] | undefined): T[] => (Array.isArray(value) ? value : [])

function CellText({ cell }: { cell: Cell | undefined }) {
  if (cell === null || cell === undefined) return null
  if (typeof cell === 'number') return <>{new Intl.NumberFormat(language.value, { maximumFractionDigits: 6 }).format(cell)}</>
  if (typeof cell === 'boolean') return <>{t(cell ? 'yes' : 'no')}</>
  if (typeof cell === 'string') return <>{cell}</>
  if ('amount' in cell) return <>{formatMoney({ amount: String(cell.amount), currency: cell.currency })}</>
  if (cell.tone) return <Tag text={cell.text ?? ''} color={cell.tone} />
  return cell.entity && cell.id ? <Link href={`/${cell.entity}/${cell.id}`}>{cell.text ?? cell.id}</Link> : <>{cell.text}</>
}

function Stat({ piece }: { piece: Piece }) {
  return <div class="stat"><span class="stat-label">{piece.label}</span><strong class={piece.tone ? `stat-value ${piece.tone}` : 'stat-value'}><CellText cell={piece.value} /></strong>{piece.note && <small>{piece.note}</small>}</div>
}

function Table({ piece }: { piece: Piece }) {
  const columns = list(piece.columns).map((column) => (typeof column === 'string' ? { label: column } : column))
  const rows = list(piece.rows).slice(0, Math.max(1, Math.floor(CELLS_MAX / Math.max(columns.length, 1))))
  const end = (at: number): string => (columns[at] && 'align' in columns[at] && columns[at].align === 'end') || rows.every((row) => typeof row[at] === 'number') ? 'end' : ''
  return (
    <div class="piece-table"><table>
      {piece.title && <caption>{piece.title}</caption>}
      <thead><tr>{columns.map((column, at) => <th key={at} scope="col" class={end(at)}>{column.label}</th>)}</tr></thead>
      <tbody>{rows.map((row, index) => <tr key={index}>{list(row).map((cell, at) => <td key={at} class={end(at)}><CellText cell={cell} /></td>)}</tr>)}</tbody>
    </table></div>
  )
}

function Chart({ piece }: { piece: Piece }) {
  const bars = list(piece.bars)
  const most = Math.max(...bars.map((bar) => Math.abs(bar.value)), 1)
  return (
    <figure class="piece-chart">
      {piece.title && <figcaption>{piece.title}</figcaption>}
      <dl>{bars.map((bar, index) => (
        <div key={index}><dt>{bar.label}</dt><dd><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" class={bar.tone ?? 'blue'}><rect width={(Math.abs(bar.value) / most) * 100} height="8" rx="1" /></svg><span>{bar.text ?? <CellText cell={bar.value} />}</span></dd></div>
      ))}</dl>
    </figure>
  )
}

function Form({ piece, values, onForm }: { piece: Piece; values: Record<string, unknown>; onForm: (values: Record<string, unknown>) => void }) {
  const id = useId()
  const fields = list(piece.fields)
  const [draft, setDraft] = useState<Record<string, string>>(() => Object.fromEntries(fields.map((field) => [field.name, String(values[field.name] ?? field.value ?? '')])))
  return (
    <form class="piece-form" onSubmit={(event) => { event.preventDefault(); onForm(draft) }}>
      {fields.map((field) => (
        <label key={field.name} for={`${id}-${field.name}`}><span>{field.label ?? field.name}</span>
          {field.options
            ? <select id={`${id}-${field.name}`} class="input" value={draft[field.name]} onChange={(event) => setDraft({ ...draft, [field.name]: event.currentTarget.value })}>
                {field.options.map((option) => (typeof option === 'string' ? { value: option, label: option } : option)).map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
              </select>
            : <input id={`${id}-${field.name}`} class="input" type={field.type === 'date' || field.type === 'number' ? field.type : 'text'} value={draft[field.name]} onInput={(event) => setDraft({ ...draft, [field.name]: event.currentTarget.value })} />}
        </label>
      ))}
      <Button look="primary" type="submit">{piece.button ?? tx('show')}</Button>
    </form>
  )
}

function Board({ piece }: { piece: Piece }) {
  return (
    <div class="piece-board">{list(piece.stages).map((stage, index) => (
      <section key={index} aria-label={stage.label}><strong class="piece-head">{stage.label} <span class="number">{list(stage.cards).length}</span></strong>
        <ul>{list(stage.cards).map((card, at) => <li key={at}>{card.entity && card.id ? <Link href={`/${card.entity}/${card.id}`}>{card.title}</Link> : <span>{card.title}</span>}{card.text && <small>{card.text}</small>}</li>)}</ul>
      </section>
    ))}</div>
  )
}

interface PiecesProps { pieces: Piece[]; values: Record<string, unknown>; onForm: (values: Record<string, unknown>) => void }

export function Pieces({ pieces, values, onForm }: PiecesProps) {
  return (
    <>{pieces.map((piece, index) => {
      switch (piece?.kind) {
        case 'stat': return <Stat key={index} piece={piece} />
        case 'table': return <Table key={index} piece={piece} />
        case 'chart': return <Chart key={index} piece={piece} />
        case 'form': return <Form key={index} piece={piece} values={values} onForm={onForm} />
        case 'board': return <Board key={index} piece={piece} />
        case 'markdown': return <Markdown key={index} text={piece.text ?? ''} />
        default: return <p key={index} class="hint">{tx('unknown_piece', { kind: String(piece?.kind) })}</p>
      }
    })}</>
  )
}
