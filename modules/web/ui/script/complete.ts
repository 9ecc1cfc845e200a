// What the editor offers while somebody types: the words of Perigee's Lua out of its annotations, and kinds of
// records and their fields as the reader knows them.
import { completeAnyWord, type Completion, type CompletionContext, type CompletionResult, type CompletionSource } from '@codemirror/autocomplete'
import annotations, { type Item } from '../../../../sdk/lua/perigee.lua'
import { entity as findEntity, meta } from '../data/session'

const KEYWORDS = ['and', 'break', 'do', 'else', 'elseif', 'end', 'false', 'for', 'function', 'if', 'in', 'local', 'nil', 'not', 'or', 'repeat', 'return', 'then', 'true', 'until', 'while']
const VERBS = ['created', 'updated', 'deleted', 'restored', 'stage.changed']

const offered = (type: string) => ([label, detail, info]: Item): Completion => ({ label, detail, type, ...(info ? { info } : {}) })
const globals = [...(annotations.words[''] ?? []).map(offered('function')), { label: 'crm', type: 'namespace' }, ...KEYWORDS.map((label): Completion => ({ label, type: 'keyword' }))]
const members = [...(annotations.words['crm'] ?? []).map(offered('function')), ...(annotations.fields['crm'] ?? []).map(offered('property'))]
const methods = Object.entries(annotations.words).filter(([owner]) => owner !== '' && owner !== 'crm').flatMap(([, items]) => items.map(offered('method')))
const tables: Record<string, Completion[]> = {
  event: (annotations.fields['Event'] ?? []).map(offered('property')),
  change: (annotations.fields['Change'] ?? []).map(offered('property')),
  call: (annotations.fields['WebhookCall'] ?? []).map(offered('property')),
}

const fieldsOf = (name: string): Completion[] => (findEntity(name)?.fields ?? []).map((field) => ({ label: field.name, detail: field.label, type: 'property' }))
const entities = (): Completion[] => (meta.value?.entities ?? []).map((entity) => ({ label: entity.name, detail: entity.label, type: 'class' }))
const events = (): Completion[] => (meta.value?.entities ?? []).flatMap((entity) => VERBS.filter((verb) => verb !== 'stage.changed' || entity.pipeline).map((verb) => ({ label: `${entity.name}.${verb}`, detail: entity.label, type: 'constant' })))

/** The kind of record that a name stands for above this place: the parameter of a handler, or called like its kind. */
function kindOf(name: string, above: string): string | undefined {
  const handlers = [...above.matchAll(/\b(?:before|action)\s*\(\s*["'](\w+)["'][^\n]*?function\s*\(\s*(\w+)/g)].reverse()
  return handlers.find((found) => found[2] === name)?.[1] ?? (findEntity(name) ? name : undefined)
}
/** Of what the handler around this place hears: after("deal.created", ...). */
const heardKind = (above: string): string | undefined => [...above.matchAll(/\bafter\s*\(\s*["'](\w+)\./g)].at(-1)?.[1]

function inText(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/\b(?:crm\.(?:get|query|create|update|delete|restore)|before|action|after)\s*\(\s*["'][\w.]*$/)
  if (!found) return null
  const typed = /["']([\w.]*)$/.exec(found.text)![1]!
  return { from: context.pos - typed.length, options: found.text.startsWith('after') ? events() : entities(), validFor: /^[\w.]*$/ }
}

function member(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/[\w.]*\w[.:]\w*$/)
  if (!found) return null
  const [, path, sign, typed] = /^(.*)([.:])(\w*)$/.exec(found.text)!
  const above = context.state.sliceDoc(0, found.from)
  const heard = /^event\.(record|before|after)$/.test(path!) ? heardKind(above) : undefined
  const known = sign === ':' ? methods : path === 'crm' ? members : tables[path!] ?? fieldsOf(heard ?? kindOf(path!, above) ?? '')
  return known.length ? { from: context.pos - typed!.length, options: known, validFor: /^\w*$/ } : null
}

function word(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/\w+$/)
  if (!found && !context.explicit) return null
  return { from: found?.from ?? context.pos, options: globals, validFor: /^\w*$/ }
}

const isQuoted = (context: CompletionContext): boolean => /^[^"']*(?:(["'])[^"']*\1[^"']*)*["'][^"']*$/.test(context.state.sliceDoc(context.state.doc.lineAt(context.pos).from, context.pos))
const isRemark = (context: CompletionContext): boolean => context.matchBefore(/--.*$/) !== null

export const sources: CompletionSource[] = [
  (context) => (isRemark(context) ? null : inText(context) ?? (isQuoted(context) ? null : member(context) ?? word(context))),
  (context) => (isRemark(context) || isQuoted(context) || context.matchBefore(/[.:]\w*$/) ? null : completeAnyWord(context)),
]
