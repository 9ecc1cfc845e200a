// Builds the browser client into dist/: hashed files, gzip beside each, index.html with its import
// map, and assets.json, from which the server takes the Content-Security-Policy and the sizes.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync, constants } from 'node:zlib'
import { parse, TYPE } from '@formatjs/icu-messageformat-parser'
import * as esbuild from 'esbuild'
import { readAnnotations } from './annotations.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, 'dist')
rmSync(out, { recursive: true, force: true })
mkdirSync(join(out, 'assets'), { recursive: true })

/**
 * Messages are read when the client is built: the browser needs no parser of ICU texts. A text is a list of
 * pieces: itself, [name], [name, 0] for a number, [name, { one: pieces, ... }] for a plural, 0 for its "#".
 */
function pieces(parsed, key) {
  return parsed.map((piece) => {
    if (piece.type === TYPE.literal) return piece.value
    if (piece.type === TYPE.pound) return 0
    if (piece.type === TYPE.argument) return [piece.value]
    if (piece.type === TYPE.number && !piece.style) return [piece.value, 0]
    if (piece.type === TYPE.plural && !piece.offset && piece.pluralType === 'cardinal')
      return [piece.value, Object.fromEntries(Object.entries(piece.options).map(([form, { value }]) => [form, pieces(value, key)]))]
    throw new Error(`${key}: the browser has no such piece of a message (type ${piece.type})`)
  })
}
const messages = {
  name: 'messages',
  setup(build) {
    build.onLoad({ filter: /[/\\]locale[/\\]\w+\.json$/ }, ({ path }) => {
      const texts = Object.entries(JSON.parse(readFileSync(path, 'utf8')))
      const read = texts.map(([key, text]) => [key, text.includes('{') ? pieces(parse(text, { captureLocation: false }), key) : text])
      return { contents: `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(read)))})`, loader: 'js' }
    })
  },
}

/** What the script editor offers is read from the annotations that other editors use. */
const annotations = {
  name: 'annotations',
  setup(build) {
    build.onLoad({ filter: /[/\\]perigee\.lua$/ }, ({ path }) => {
      const whole = readdirSync(dirname(path)).filter((name) => name.endsWith('.lua')).sort().map((name) => readFileSync(join(dirname(path), name), 'utf8'))
      return { contents: JSON.stringify(readAnnotations(whole.join('\n'))), loader: 'json' }
    })
  },
}

/**
 * Parts loaded on demand lean on the frame, which is there before them: so what the frame needs is one
 * file and not one for each set of parts that shares it.
 */
const frame = join(here, 'ui', 'shell', 'App.tsx')
const sources = readdirSync(join(here, 'ui'), { recursive: true }).filter((name) => /\.tsx?$/.test(name)).map((name) => join(here, 'ui', name))
const parts = new Set(sources.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/import\('(\.[^']+)'\)/g)].map((found) => join(dirname(file), found[1]))))
const leaning = {
  name: 'leaning',
  setup(build) {
    build.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
      if (!parts.has(path.replace(/\.tsx?$/, '')) && path !== join(here, 'ui', 'kit', 'index.ts')) return null
      return { contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(frame)}\n`, loader: path.endsWith('x') ? 'tsx' : 'ts' }
    })
  },
}

/**
 * A part loaded on demand brings its own styles: a sheet made by script, which the policy allows, so that
 * the first screen does not carry them.
 */
const styles = {
  name: 'styles',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      if (path.startsWith(join(here, 'ui', 'styles')) || path.includes('node_modules')) return null
      const { code } = await esbuild.transform(readFileSync(path, 'utf8'), { loader: 'css', minify: true })
      return { loader: 'js', contents: `const sheet = new CSSStyleSheet()\nsheet.replaceSync(${JSON.stringify(code)})\ndocument.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]\n` }
    })
  },
}

const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: { app: 'ui/main.tsx', kit: 'ui/kit/index.ts', style: 'ui/styles/index.css' },
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2022', 'chrome110', 'firefox115', 'safari16.4'],
  minify: true,
  sourcemap: false,
  metafile: true,
  legalComments: 'none',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [messages, annotations, leaning, styles],
  loader: { '.woff2': 'file' },
  alias: { react: 'preact/compat', 'react-dom': 'preact/compat', '@perigee/ui': './ui/kit/index.ts' },
  logLevel: 'warning',
})

/** The hashed file that came of an entry point, as the browser asks for it. */
function built(entry) {
  const found = Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint === entry)
  if (!found) throw new Error(`nothing was built for ${entry}`)
  return '/' + found[0].replace(/^dist\//, '')
}

const files = readdirSync(join(out, 'assets'))
const sizes = {}
for (const name of files) {
  const bytes = readFileSync(join(out, 'assets', name))
  if (!/\.(js|css|svg|json)$/.test(name)) continue
  const zipped = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })
  writeFileSync(join(out, 'assets', `${name}.gz`), zipped)
  sizes[name] = { bytes: bytes.length, gzip: zipped.length }
}

const importMap = JSON.stringify({ imports: { '@perigee/ui': built('ui/kit/index.ts') } })
const fonts = files.filter((name) => /^inter-(latin|cyrillic)-wght-normal.*\.woff2$/.test(name))
const latin = fonts.find((name) => name.startsWith('inter-latin'))
const app = built('ui/main.tsx')
const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Perigee</title>
<meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#141417" media="(prefers-color-scheme: dark)">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="apple-touch-icon" href="/assets/apple.png">
<link rel="manifest" href="/assets/manifest.webmanifest">
<link rel="preload" href="/assets/${latin}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="${built('ui/styles/index.css')}">
<script type="importmap">${importMap}</script>
<script type="module" src="${app}"></script>
</head>
<body><div id="app"></div><noscript>Perigee needs JavaScript. · Для Perigee нужен JavaScript.</noscript></body>
</html>
`
writeFileSync(join(out, 'index.html'), html)
writeFileSync(join(out, 'assets', 'icon.svg'), readFileSync(join(here, 'ui', 'icon.svg')))
for (const name of readdirSync(join(here, 'ui', 'icons'))) writeFileSync(join(out, 'assets', name), readFileSync(join(here, 'ui', 'icons', name)))
const drawn = (name, size, purpose) => ({ src: `/assets/${name}.png`, sizes: `${size}x${size}`, type: 'image/png', purpose })
/* What makes it an app of a phone or a desk: it opens in a window of its own. */
writeFileSync(join(out, 'assets', 'manifest.webmanifest'), JSON.stringify({
  id: '/', name: 'Perigee', short_name: 'Perigee', start_url: '/', scope: '/', display: 'standalone', theme_color: '#ffffff', background_color: '#ffffff',
  icons: [drawn('192', 192, 'any'), drawn('512', 512, 'any'), drawn('maskable', 512, 'maskable')],
}))

const inline = createHash('sha256').update(importMap).digest('base64')
const firstScreenFiles = filesOf(['ui/main.tsx', 'ui/styles/index.css'])
const firstScreen = firstScreenFiles.reduce((total, name) => total + (sizes[name]?.gzip ?? 0), 0)
/* What the script editor adds to the list that leads to it. */
const beforeEditor = filesOf(['ui/main.tsx', 'ui/script/ScriptsPage.tsx'])
const editorFiles = filesOf(['ui/script/codemirror.ts']).filter((name) => !beforeEditor.includes(name))
const editor = editorFiles.reduce((total, name) => total + sizes[name].gzip, 0)
writeFileSync(join(out, 'assets.json'), JSON.stringify({ scriptHashes: [`sha256-${inline}`], files: sizes, firstScreenFiles, firstScreen, editorFiles, editor }, null, 1))

/** What these load of JS and CSS: each and what it imports. */
function filesOf(entries) {
  const seen = new Set()
  const visit = (path) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const used of result.metafile.outputs[path]?.imports ?? []) if (used.kind === 'import-statement') visit(used.path)
  }
  for (const entry of entries) visit('dist' + built(entry))
  return [...seen].map((path) => path.replace('dist/assets/', ''))
}
console.log(`browser client: ${files.length} files, first screen ${(firstScreen / 1024).toFixed(1)} KB gzip, script editor ${(editor / 1024).toFixed(1)} KB`)
