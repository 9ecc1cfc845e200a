// The annotations of Perigee's Lua as the build reads them (annotations.mjs): [name, signature, text].
declare module '*/perigee.lua' {
  export type Item = [name: string, signature: string, text: string]
  const annotations: { words: Record<string, Item[]>; fields: Record<string, Item[]> }
  export default annotations
}
