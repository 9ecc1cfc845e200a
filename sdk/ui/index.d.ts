// @perigee/ui: what the browser parts of modules and plugins import. The browser finds it by the import
// map of the page; these types are for editors and for `tsc`. sdk/doc/extensions.md has the examples.
//
// Checked against the client: modules/web/ui/extend/contract.ts does not compile when they differ.
import type { ComponentChildren, ComponentType, JSX, VNode } from 'preact'

/** Places in the pages that a view with `slot` fills. */
export type SlotName = 'record' | 'record.action' | 'list.column' | 'list.action' | 'board.card' | 'home' | 'page' | 'palette' | 'field'

export interface Money { amount: string; currency: string }
export interface Reference { id: string; title?: string; entity?: string }
export interface Labelled { value: string; label?: string; primary?: boolean }
export type Value = null | string | number | boolean | Money | Reference | Labelled[] | Reference[] | string[] | RecordData[]
/** A record as GET records/{entity}/{id} answers it. */
export interface RecordData { id: string; version: number; [field: string]: Value }

/** What a part is told: where it stands, for which record. */
export interface SlotContext {
  readonly slot: string
  readonly owner: string
  readonly name: string
  readonly language: string
  /** The entity of the view, where it has one. */
  readonly entity?: string
  /** record, record.action, list.column, board.card */
  readonly record?: RecordData
  /** list.action: the chosen records; record.action: the one of the page */
  readonly ids?: readonly string[]
  /** list.column, field */
  readonly field?: string
  readonly value?: Value
  navigate(path: string): void
  /** Asks the server for the record again. */
  refresh(): Promise<void>
  /** field: what the person has chosen. */
  change(value: Value): void
}

/** What a module exports for record, list.column, board.card, home, page and field: a component ... */
export type Part = ComponentType<{ context: SlotContext }> & { css?: string }
/** ... or an object that fills an element and may return what takes it away again. */
export interface MountedPart { mount(element: HTMLElement, context: SlotContext): unknown; css?: string }
/** What it exports for palette, list.action and record.action. */
export type Command = (context: SlotContext) => unknown

export function h(type: string | ComponentType<never>, props: Record<string, unknown> | null, ...children: ComponentChildren[]): VNode
export const Fragment: ComponentType<{ children?: ComponentChildren }>
export function useState<T>(initial: T | (() => T)): [T, (next: T | ((old: T) => T)) => void]
export function useEffect(effect: () => void | (() => void), inputs?: readonly unknown[]): void
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T
export function useRef<T>(initial: T): { current: T }

export function Button(props: { children: ComponentChildren; look?: 'plain' | 'primary' | 'danger' | 'quiet'; type?: 'button' | 'submit'; icon?: boolean; disabled?: boolean; onClick?: () => void }): JSX.Element
export function Tag(props: { text: string; color?: string | undefined }): JSX.Element
export function Icon(props: { name: string; size?: number }): JSX.Element
export function Empty(props: { icon: string; text: string; children?: ComponentChildren }): JSX.Element
export function ErrorCard(props: { error: unknown; retry?: () => void }): JSX.Element
/** Picks a record of an entity by typing. */
export function ReferencePicker(props: { id?: string; entity: string; value: Reference | null; label: string; autoFocus?: boolean; onPick: (value: Reference | null) => void }): JSX.Element
export function Keys(props: { keys: string }): JSX.Element | null

/** The path is below /api/v1: get('records/organization', { limit: 5 }). Throws a Problem. */
export function get<T>(path: string, query?: Record<string, string | number | undefined>, abort?: AbortSignal): Promise<T>
export function request<T>(method: string, path: string, options?: { body?: unknown; signal?: AbortSignal }): Promise<{ body: T; status: number; etag: string | null; changeset: string | null }>
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly requestId: string | undefined
}
/** A dialog over the page, for commands; what it holds is told how to close it. */
export function openDialog(label: string, body: ComponentType<{ close: () => void }>): void
export const language: { readonly value: 'en' | 'ru' }
export function formatMoney(value: Money): string
export function formatDate(value: string): string
export function formatTime(value: string): string
/** A word to the person, as a message that goes away by itself; `changeset` gives it an undo. */
export function notify(text: string, changeset?: string | null): void
