// The types that are handed to authors of extensions, held against what there is: nothing runs, but this does
// not compile when sdk/ui promises what the client does not do.
import type * as kit from '../kit/index'
import type * as sdk from '../../../../sdk/ui/index'
import type { RecordData } from '../data/types'

type Promised = Omit<typeof sdk, 'Problem' | 'h' | 'Fragment'>
type Holds<T extends true> = T
type Named = keyof typeof sdk extends keyof typeof kit ? true : false

/** The names that differ; the compiler shows them. */
type Differs = { [K in keyof Promised]: K extends keyof typeof kit ? (typeof kit[K] extends Promised[K] ? never : K) : K }[keyof Promised]

export type KitHolds = Holds<[Differs] extends [never] ? true : Differs>
export type NamesHold = Holds<Named>
export type ProblemHolds = Holds<kit.Problem extends sdk.Problem ? true : false>
export type RecordHolds = Holds<RecordData extends sdk.RecordData ? (sdk.RecordData extends RecordData ? true : false) : false>
