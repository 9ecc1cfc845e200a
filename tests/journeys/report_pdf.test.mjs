// A report as pages: what pdftotext reads in them is what the report says, in both languages, over many pages under
// heads that come again.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { onEngines } from '../support/perigee.mjs'

const read = (bytes) => {
  const { stdout, status, stderr } = spawnSync('pdftotext', ['-layout', '-enc', 'UTF-8', '-', '-'], { input: bytes, maxBuffer: 64 * 1024 * 1024 })
  assert.equal(status, 0, String(stderr))
  return stdout.toString('utf8').replace(/\u00a0/g, ' ')
}
const pages = (text) => text.split('\f').slice(0, -1)

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '60', '--seed', '7', '--today', '2026-11-20'])
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'sam', '--role', 'sales', '--team', 'North'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.pdf = async (name, body, language = 'en') => {
    const reply = await fetch(`${c.root.base}/api/v1/reports/${name}/export`, { method: 'POST', headers: { Authorization: `Bearer ${c.root.token}`, 'Content-Type': 'application/json', 'Accept-Language': language }, body: JSON.stringify({ ...body, format: 'pdf' }) })
    assert.equal(reply.status, 200, await reply.clone().text())
    assert.equal(reply.headers.get('content-type'), 'application/pdf')
    return [read(Buffer.from(await reply.arrayBuffer())), reply.headers.get('content-disposition')]
  }
}

onEngines('reports as pages', {}, open, (test, c) => {
  test('each row and the total stand there, with what they are and when', async () => {
    const body = { period: '2026', compare: null }
    const answer = await c.root.expect(200, 'POST', 'reports/rating', { body })
    const [text, name] = await c.pdf('rating', body)
    assert.match(name, /filename="rating\.pdf"/)
    const lines = text.split('\n')
    const money = (figure) => `${Number(figure.amount).toLocaleString('en-US', { minimumFractionDigits: 2 })} ${figure.currency}`
    for (const row of answer.rows) {
      const line = lines.find((one) => one.includes(row.keys[0].title) && one.includes(money(row.values[0])))
      assert.ok(line, `${row.keys[0].title}: ${money(row.values[0])} in ${text}`)
      assert.ok(line.trim().split(/\s{2,}/).includes(String(row.values[1])), line)
    }
    assert.ok(lines.some((one) => /^\s*Total/.test(one) && one.includes(money(answer.total.values[0]))))
    for (const word of ['Rating of employees', 'Won revenue', '2026-01-01 … 2026-12-31', 'As of', 'As seen by', 'What is counted']) assert.ok(text.includes(word), word)
  })

  test('in Russian the words, the numbers and the names are whole', async () => {
    const team = await c.root.create('team', { name: 'Ёлки-Щётки Ъ' })
    const boss = (await c.root.get('records/user', { where: "login == 'sam'" })).records[0]
    await c.root.expect(200, 'PATCH', `records/user/${boss.id}`, { body: { team: team.id } })
    const stage = (await c.root.get('meta')).pipelines.find((one) => one.entity === 'deal').stages.find((one) => one.kind === 'won')
    await c.root.create('deal', { name: 'Ель', stage: stage.id, owner: boss.id, amount: { amount: '1234567.50', currency: 'USD' } })
    const root = (await c.root.get('records/user', { where: "login == 'root'" })).records[0]
    await c.root.expect(200, 'PATCH', `records/user/${root.id}`, { body: { language: 'ru' } })
    const [text] = await c.pdf('new', { definition: { measures: ['revenue', 'win_rate'], rows: ['team'], period: 'all', numbers: true } }, 'ru')
    assert.ok(text.split('\n').some((one) => one.includes('Ёлки-Щётки Ъ') && one.includes('1 234 567,50 USD') && one.includes('100,0 %')), text)
    for (const word of ['Итого', 'Что считается', 'Период', 'Всё время', '№']) assert.ok(text.includes(word), `${word} in ${text}`)
    await c.root.expect(200, 'PATCH', `records/user/${root.id}`, { body: { language: 'en' } })
  })

  test('many rows go over pages, each under the head, numbered', async () => {
    for (let i = 0; i < 150; i++) await c.root.create('organization', { name: `Many ${String(i).padStart(3, '0')} <&>` })
    const [text] = await c.pdf('distribution', { of: 'organization', by: 'name' })
    const all = pages(text)
    assert.ok(all.length >= 4, `${all.length} pages`)
    const { metrics } = await c.root.expect(200, 'POST', 'reports/distribution', { body: { of: 'organization', by: 'name' } })
    for (const [i, page] of all.entries()) {
      assert.match(page.trimEnd(), new RegExp(`\\s${i + 1}$`), `page ${i + 1}`)
      if (/Many \d/.test(page)) assert.match(page.trimStart().split('\n').slice(0, 8).join('\n'), new RegExp(`${metrics[0].label}\\s*$`, 'm'), `the head on page ${i + 1}: ${page}`)
    }
    for (const i of [0, 75, 149]) assert.ok(text.includes(`Many ${String(i).padStart(3, '0')} <&>`), String(i))
  })

  test('thirty-three columns still fit, and what is no format is refused in words', async () => {
    const metrics = (await c.root.get('reports/catalog')).metrics.filter((one) => one.definition.of === 'deal').slice(0, 16).map((one) => one.name)
    const reply = await c.root.request('POST', 'reports/new/export', { body: { format: 'pdf', definition: { measures: metrics, period: '2026', compare: 'previous', rows: ['owner'] } } })
    assert.equal(reply.status, 200, 'two columns for each of sixteen still fit')
    assert.equal((await c.root.expect(400, 'POST', 'reports/rating/export', { body: { format: 'doc' } })).code, 'unknown_format')
  })
})
