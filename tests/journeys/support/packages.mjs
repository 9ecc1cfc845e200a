// Packages of plugins as they come from outside, right ones and hostile ones: folders, tar.gz (ustar,
// entries as given) and zip.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { zip } from './unzip.mjs'

export function folder(path, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

function header(name, bytes, kind, link) {
  const block = Buffer.alloc(512)
  block.write(name, 0, 100)
  block.write('0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(kind, 156)
  block.write(link, 157)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((all, byte) => all + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** `entries`: name to text, or to { kind, link } for what is no plain file. */
export function tarGz(entries) {
  const blocks = []
  for (const [name, it] of Object.entries(entries)) {
    const plain = typeof it === 'string' || it instanceof Uint8Array
    const body = Buffer.from(plain ? it : '')
    blocks.push(header(name, body.length, plain ? '0' : it.kind, plain ? '' : it.link ?? ''), body, Buffer.alloc((512 - (body.length % 512)) % 512))
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

/** Under a folder, as people pack them. */
export const inside = (name, files) => Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text]))
export const zipped = (files) => zip(files)
