// The wire types of /api/v1, as sdk/doc/meta.md and the doors document describe them.

export type FieldType =
  | 'text' | 'long_text' | 'integer' | 'decimal' | 'money' | 'boolean' | 'date' | 'time' | 'choice' | 'choices'
  | 'ref' | 'ref_any' | 'links' | 'labelled' | 'file' | 'json' | 'formula' | 'rollup' | 'children' | 'series'
export type ValueType = 'bool' | 'int' | 'decimal' | 'money' | 'text' | 'date' | 'time' | 'id' | 'list'

export interface Field {
  name: string
  type: FieldType
  label: string
  value: ValueType
  help?: string
  required?: boolean
  unique?: boolean
  read_only?: boolean
  locked?: boolean
  standard?: boolean
  many?: boolean
  search?: boolean
  sort?: boolean
  max_length?: number
  ref?: string
  by?: string
  directory?: string
  open?: boolean
  kind?: 'text' | 'email' | 'phone' | 'address' | 'messenger'
  attributes?: Field[]
  places?: number
  visible_when?: string
  required_when?: string
}

/** What a script offers for records; each field of its form is one of a record, without a place in one. */
export interface ScriptAction { name: string; label: string; help?: string; icon?: string; when?: string; form: Omit<Field, 'value'>[] }

export interface Entity {
  name: string
  label: string
  label_plural: string
  icon: string
  owner: string
  title: string
  search?: boolean
  system?: boolean
  resident?: boolean
  timeline?: boolean
  child_of?: { entity: string; by: string }
  pipeline?: { pipeline: string; stage: string; since?: string; closed?: string; probability?: string }
  duplicates?: { fields: string[]; score: number; digits?: boolean }[]
  actions?: ScriptAction[]
  can: { read: boolean; create: boolean; update: boolean; delete: boolean; export: boolean }
  fields: Field[]
}

/** A record that may be the same as another one, and the fields that say so. */
export interface Suspect { id: string; title: string | null; score: number; fields: string[] }

export interface DirectoryItem { code: string; label: string; color?: string; inactive?: boolean }
export interface Directory { name: string; label: string; items: DirectoryItem[] }
export interface Stage { id: string; name: string; label: string; kind: 'open' | 'won' | 'lost' | 'hold'; probability?: number; limit_days?: number }
export interface Pipeline { id: string; entity: string; name: string; label: string; stages: Stage[] }

/** What a page draws, as a module declares it: `fields` says what the page uses which fields for. */
export interface View {
  name: string
  owner: string
  page: string
  /** A place that a module or plugin fills, instead of a page; `file` and `part`: with code of its own. */
  slot?: string
  file?: string
  part?: string
  entity: string
  label?: string
  help?: string
  icon?: string
  tone?: string
  where?: string
  sort?: string
  fields: Record<string, string[]>
}

export interface Meta {
  generation: number
  user: { id: string; login: string; name: string; language: string; zone?: string; role: string; role_label?: string; admin: boolean; team?: { id: string; title: string }; permissions: string[] }
  company: { name?: string; currency: string; digits: number; zone: string; language: string; week_start: number }
  languages: string[]
  currencies: { code: string; digits: number }[]
  entities: Entity[]
  directories: Directory[]
  pipelines: Pipeline[]
  views: View[]
}

export interface Money { amount: string; currency: string }
export interface Reference { id: string; title?: string; entity?: string }
export interface Labelled { value: string; label?: string; primary?: boolean }
export type Value = null | string | number | boolean | Money | Reference | Labelled[] | Reference[] | string[] | RecordData[]
export interface RecordData { id: string; version: number; [field: string]: Value }

export interface Page { records: RecordData[]; next?: string; total?: { value: number; exact: boolean } }

export interface FieldChange { before?: Value; after?: Value }
export interface Change {
  seq: number
  at: string
  actor: Reference | null
  door: string
  cause?: string | null
  note?: string | null
  op: 'create' | 'update' | 'delete' | 'restore' | 'purge'
  changeset: string
  fields: Record<string, FieldChange>
}

export function isMoney(value: Value | undefined): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value
}
export function isReference(value: Value | undefined): value is Reference {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'id' in value
}
