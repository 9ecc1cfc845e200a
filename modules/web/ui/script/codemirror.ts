// The text editor itself, CodeMirror in a shadow root: its styles are sheets made by script, which the policy
// allows. Loaded where a script is shown, and nowhere else.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { lua } from '@codemirror/legacy-modes/mode/lua'
import { linter, lintGutter, lintKeymap, type Diagnostic } from '@codemirror/lint'
import { EditorState, Transaction, type Extension } from '@codemirror/state'
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { sayProblem } from '../data/undo'
import { sources } from './complete'
import { te, type EditorKey } from './texts'
import type { Trouble } from './wire'

const LINT_PAUSE_MS = 350

export interface EditorOptions {
  text: string
  label: string
  isReadOnly: boolean
  onChange: (text: string) => void
  /** Asks what is wrong with a text; given up with the signal when a newer one is asked about. */
  check: (text: string, abort: AbortSignal) => Promise<Trouble[]>
}
export interface OpenEditor {
  /** As one step that can be undone. */
  replace: (text: string) => void
  goTo: (line: number) => void
  close: () => void
}

const look = EditorView.theme({
  '&': { color: 'var(--fg)', backgroundColor: 'var(--bg)', fontSize: 'var(--fs-m)', height: '100%' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--fg)', padding: '8px 0' },
  '.cm-line::selection, .cm-line ::selection': { color: 'var(--fg)', backgroundColor: 'var(--bg-selected)' },
  '.cm-activeLine': { backgroundColor: 'transparent', boxShadow: 'inset 0 1px var(--line), inset 0 -1px var(--line)' },
  '.cm-gutters': { color: 'var(--fg-3)', backgroundColor: 'var(--bg-sunken)', border: '0', borderRight: '1px solid var(--line)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--line-strong)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-bg)' },
  '.cm-panels': { color: 'var(--fg)', backgroundColor: 'var(--bg-sunken)', fontFamily: 'var(--font)' },
  '.cm-panels :is(input, button)': { minHeight: '24px' },
  '.cm-textfield, .cm-button': { color: 'var(--fg)', background: 'var(--bg)', border: '1px solid var(--line-strong)', borderRadius: 'var(--r-m)' },
  '.cm-panel.cm-search [name=close]': { color: 'var(--fg)', minWidth: '24px' },
  '.cm-tooltip': { color: 'var(--fg)', backgroundColor: 'var(--bg-raised)', border: '1px solid var(--line)', borderRadius: 'var(--r-m)', boxShadow: 'var(--shadow)', maxWidth: 'min(520px, 90vw)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { minHeight: '24px', padding: '2px 8px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--fg)', backgroundColor: 'var(--bg-selected)' },
  '.cm-completionDetail': { color: 'var(--fg-2)', fontStyle: 'normal' },
  '.cm-completionInfo': { padding: '6px 10px', fontFamily: 'var(--font)', whiteSpace: 'normal' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
})
const colors = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--violet)' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--info)' },
  { tag: tags.comment, color: 'var(--fg-2)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.variableName), tags.function(tags.variableName)], color: 'var(--accent-fg)' },
])

const phrases = (): Record<string, string> => Object.fromEntries(
  ([['Find', 'find'], ['Replace', 'replace_with'], ['next', 'next'], ['previous', 'previous'], ['all', 'all'], ['match case', 'match_case'], ['regexp', 'regexp'], ['by word', 'by_word'],
    ['replace', 'replace'], ['replace all', 'replace_all'], ['close', 'close'], ['Completions', 'completions'], ['Diagnostics', 'problems'], ['No diagnostics', 'problems_none'],
    ['current match', 'current_match'], ['on line', 'on_line'], ['Go to line', 'go_to_line'], ['go', 'go']] satisfies [string, EditorKey][]).map(([phrase, key]) => [phrase, te(key)]))

function diagnostics(state: EditorState, troubles: Trouble[]): Diagnostic[] {
  return troubles.map((trouble) => {
    const line = state.doc.line(Math.min(Math.max(trouble.line ?? 1, 1), state.doc.lines))
    const from = line.from + (line.text.length - line.text.trimStart().length)
    return { from: Math.min(from, line.to), to: line.to, severity: trouble.kind, message: trouble.message }
  })
}

function checking(check: EditorOptions['check']): { extension: Extension; stop: () => void } {
  let asked: AbortController | null = null
  const source = async (view: EditorView): Promise<Diagnostic[]> => {
    asked?.abort()
    const mine = (asked = new AbortController())
    const { state } = view
    const troubles = await check(state.doc.toString(), mine.signal)
    return mine.signal.aborted ? [] : diagnostics(state, troubles)
  }
  return { extension: [linter(source, { delay: LINT_PAUSE_MS }), lintGutter()], stop: () => asked?.abort() }
}

/** Until it is here, the key is taken and nothing else happens; afterwards its own keys come first. */
function find(view: EditorView): boolean {
  void import('./find').then((module) => module.openFinding(view)).catch(sayProblem)
  return true
}

export function openEditor(host: HTMLElement, options: EditorOptions): OpenEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const checker = checking(options.check)
  const writing: Extension = options.isReadOnly
    ? EditorState.readOnly.of(true)
    : [history(), indentOnInput(), closeBrackets(), autocompletion({ override: sources }), checker.extension, keymap.of([...closeBracketsKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap, indentWithTab])]
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(), highlightActiveLine(), bracketMatching(), writing,
        keymap.of([{ key: 'Mod-f', run: find }, ...defaultKeymap]),
        StreamLanguage.define(lua), syntaxHighlighting(colors), look, indentUnit.of('  '), EditorState.tabSize.of(2), EditorState.phrases.of(phrases()), EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false', autocapitalize: 'off' }),
        EditorView.updateListener.of((update) => { if (update.docChanged) options.onChange(update.state.doc.toString()) }),
      ],
    }),
  })
  return {
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: Transaction.userEvent.of('input') }),
    goTo: (number) => {
      const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines))
      view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: 'center' }) })
      view.focus()
    },
    close: () => { checker.stop(); view.destroy() },
  }
}
