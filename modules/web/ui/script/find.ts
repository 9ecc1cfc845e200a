// Finding and replacing in the editor; it comes when somebody first asks for it.
import { openSearchPanel, search, searchKeymap } from '@codemirror/search'
import { StateEffect } from '@codemirror/state'
import { keymap, type EditorView } from '@codemirror/view'

export function openFinding(view: EditorView): void {
  view.dispatch({ effects: StateEffect.appendConfig.of([search({ top: true }), keymap.of(searchKeymap)]) })
  openSearchPanel(view)
}
