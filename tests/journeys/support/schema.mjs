// JSON Schema, as far as the OpenAPI document uses it: says where a value is not what was described.
const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value)

function resolve(document, schema) {
  if (!schema.$ref) return schema
  return schema.$ref.split('/').slice(1).reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document)
}

/** Faults as "path: what", none when the value fits. */
export function faults(document, schema, value, path = '$') {
  const s = resolve(document, schema)
  if (!s) return [`${path}: ${schema.$ref} is not described`]
  if (s.oneOf) {
    const fitting = s.oneOf.filter((one) => faults(document, one, value, path).length === 0)
    return fitting.length === 1 ? [] : [`${path}: fits ${fitting.length} of ${s.oneOf.length}: ${JSON.stringify(value)}`]
  }
  const types = s.type === undefined ? null : [s.type].flat()
  const kind = kindOf(value)
  if (types && !types.includes(kind) && !(kind === 'integer' && types.includes('number'))) return [`${path}: ${kind}, not ${types}`]
  if (s.enum && !s.enum.includes(value)) return [`${path}: ${JSON.stringify(value)} is not one of ${s.enum}`]
  if (kind === 'array') return s.items ? value.flatMap((item, i) => faults(document, s.items, item, `${path}[${i}]`)) : []
  if (kind !== 'object') return []
  const found = (s.required ?? []).filter((key) => !(key in value)).map((key) => `${path}: no ${key}`)
  for (const [key, item] of Object.entries(value)) {
    if (s.properties?.[key]) found.push(...faults(document, s.properties[key], item, `${path}.${key}`))
    else if (s.additionalProperties === false) found.push(`${path}: ${key} is not described`)
    else if (s.additionalProperties) found.push(...faults(document, s.additionalProperties, item, `${path}.${key}`))
  }
  return found
}

/** The operation that describes a call: { method, path } of a request to /api/v1. */
export function operationOf(document, method, path) {
  const segments = `/api/v1/${path.split('?')[0]}`.split('/')
  const fits = (pattern) => {
    const wanted = pattern.split('/')
    return wanted.length === segments.length && wanted.every((word, i) => word === segments[i] || (word.startsWith('{') && segments[i] !== ''))
  }
  const literal = (pattern) => pattern.split('/').filter((word) => !word.startsWith('{')).length
  const found = Object.keys(document.paths).filter((pattern) => fits(pattern) && document.paths[pattern][method.toLowerCase()])
  return found.length ? document.paths[found.sort((a, b) => literal(b) - literal(a))[0]][method.toLowerCase()] : null
}
