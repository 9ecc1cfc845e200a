// What tests of backups share: commands that may fail, empty places, and looking into archives.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { join } from 'node:path'
import { createInstance, program } from '../../support/perigee.mjs'

/** Runs a command; nothing is thrown. */
export function run(args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' }, ...options })
  const last = done.stdout.trim().split('\n').pop()
  return { ...done, json: last.startsWith('{') ? JSON.parse(last) : null }
}

/** An empty place on an engine: a folder that is not there, and an empty database. */
export function emptyPlace(engine) {
  const place = createInstance(engine)
  if (!place) return null
  rmSync(place.data, { recursive: true })
  if (place.postgres) {
    const wiped = spawnSync('psql', ['-Xq', '-d', place.postgres.uri, '-c', 'DROP SCHEMA perigee CASCADE'], { encoding: 'utf8' })
    assert.equal(wiped.status, 0, wiped.stderr)
  }
  place.where = ['--data', place.data, ...(place.postgres ? ['--database', place.postgres.uri] : [])]
  return place
}

/** The entries of an archive: name and content. */
function* entriesOf(file) {
  const tar = gunzipSync(readFileSync(file))
  for (let at = 0; at < tar.length && tar[at]; ) {
    const name = tar.toString('latin1', at, tar.indexOf(0, at))
    const size = parseInt(tar.toString('latin1', at + 124, at + 135), 8)
    yield [name, tar.subarray(at + 512, at + 512 + size)]
    at += 512 + Math.ceil(size / 512) * 512
  }
}

/** The manifest of an archive: the last entry of its tar. */
export function manifest(file) {
  for (const [name, content] of entriesOf(file)) if (name === 'manifest.json') return JSON.parse(content.toString('utf8'))
  throw new Error('no manifest')
}

/** A data directory of a database as a file, with the contents of files that an archive of it holds. */
export function fillPlace(data, database, archive) {
  mkdirSync(join(data, 'blobs'), { recursive: true, mode: 0o700 })
  writeFileSync(join(data, 'perigee.db'), gunzipSync(readFileSync(database)))
  for (const [name, content] of entriesOf(archive)) {
    if (!name.startsWith('blobs/')) continue
    const shard = join(data, 'blobs', name.slice(6, 8))
    mkdirSync(shard, { recursive: true, mode: 0o700 })
    writeFileSync(join(shard, name.slice(8)), content)
  }
}

export const exportsOf = (instance, entities) =>
  Object.fromEntries(entities.map((entity) => [entity, instance.cli(['export', entity, '--format', 'json'])]))

/** Everything in an instance, by the tables of a backup of it. */
export function tablesOf(instance) {
  const file = join(instance.folder, `look-${process.hrtime.bigint()}.backup`)
  instance.cli(['backup', file])
  const { tables, blobs } = manifest(file)
  rmSync(file)
  return { tables: Object.fromEntries(tables.map((table) => [table.name, `${table.rows} ${table.sha256}`])), blobs }
}
