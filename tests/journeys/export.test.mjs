// Exports as workbooks and cards: what a spreadsheet or a telephone is given is what stands in the
// database, typed, and never a formula.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { cpus } from 'node:os'
import { onEngines } from '../support/perigee.mjs'
import { unzip } from './support/unzip.mjs'

const open = async (c) => {
  const { perigee } = c
  for (const [login, role] of [['root', 'admin'], ['hal', 'head'], ['sue', 'sales']]) perigee.cli(['user', 'add', login, '--role', role, '--team', role === 'head' ? 'South' : 'North'])
  await perigee.serve()
  for (const login of ['root', 'hal', 'sue']) c[login] = perigee.client(perigee.token(login))
  c.bytes = async (client, path) => {
    const reply = await fetch(`${client.base}/api/v1/${path}`, { headers: { Authorization: `Bearer ${client.token}` } })
    assert.equal(reply.status, 200, path)
    return [Buffer.from(await reply.arrayBuffer()), reply.headers]
  }
  c.book = async (client, path) => unzip((await c.bytes(client, path))[0])
  c.cards = async (client, path) => (await c.bytes(client, path))[0].toString('utf8')
}

/** Cells of a row of the sheet: `A2` and the like to its inner text, with type and style. */
const cells = (sheet) => Object.fromEntries([...sheet.matchAll(/<c r="([A-Z]+\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, at, attributes, inner]) => [at, { attributes, text: (inner ?? '').replace(/<[^>]+>/g, '') }]))

onEngines('export', {}, open, (test, c) => {
  test('words to search for narrow it like a list, and what else was asked', async () => {
    for (const [name, employees] of [['Quince Works', 5], ['Quince Foods', 50], ['Pear Works', 500]]) await c.root.create('organization', { name, employees })
    const names = async (query) => (await c.bytes(c.root, `export/organization?format=csv&fields=name&sort=name&${query}`))[0].toString('utf8').trim().split(/\r?\n/).slice(1).map((line) => line.split(/[,;]/).pop())
    assert.deepEqual(await names('q=quince'), ['Quince Foods', 'Quince Works'])
    assert.deepEqual(await names(`q=quince&where=${encodeURIComponent('employees > 10')}`), ['Quince Foods'])
    assert.deepEqual(await names('q=nothing+of+the+kind'), [])
    for (const { id } of (await c.root.get('records/organization', { q: 'works' })).records.concat((await c.root.get('records/organization', { q: 'quince' })).records)) await c.root.request('DELETE', `records/organization/${id}`)
  })

  test('a workbook holds numbers, dates and money as such, and texts that no spreadsheet runs', async () => {
    const evil = await c.root.create('organization', { name: '=HYPERLINK("http://x","y")', employees: 17, annual_revenue: { amount: '1054.50', currency: 'USD' }, description: ' two\nlines \u0007 _x0041_ & <b> ', external_id: '@SUM(1)' })
    await c.root.create('contact', { last_name: '+7', birthday: '1985-04-12', do_not_call: true, organization: evil.id })
    const book = await c.book(c.root, 'export/organization?format=xlsx&fields=name,employees,annual_revenue,description,external_id,created_at')
    const sheet = book['xl/worksheets/sheet1.xml']
    const at = cells(sheet)
    assert.deepEqual(['A1', 'B1', 'C1', 'D1', 'E1', 'F1', 'G1'].map((cell) => at[cell].text), ['id', 'name', 'employees', 'annual_revenue', 'description', 'external_id', 'created_at'])
    assert.equal(at.A2.text, evil.id)
    assert.match(at.B2.attributes, /t="inlineStr"/)
    assert.equal(at.B2.text, '=HYPERLINK("http://x","y")'.replaceAll('"', at.B2.text.includes('&quot;') ? '&quot;' : '"'))
    assert.ok(!sheet.includes('<f>') && !sheet.includes('hyperlink '), 'no formulas, no links')
    assert.deepEqual([at.C2.text, at.D2.text], ['17', '1054.5'])
    assert.ok(!/t=/.test(at.C2.attributes) && !/t=/.test(at.D2.attributes))
    assert.equal(at.E2.text, ' two\nlines _x0007_ _x005F_x0041_ &amp; &lt;b&gt; ')
    assert.match(book['xl/styles.xml'], /formatCode="#,##0\.00\\ \[\$USD\]"/)
    assert.match(sheet, /<pane ySplit="1"[^>]*state="frozen"/)
    const serial = Date.parse(evil.created_at) / 86400000 + 25569
    assert.ok(Math.abs(Number(at.G2.text) - serial) < 1e-7, `${at.G2.text} is not ${serial}`)
    const people = cells((await c.book(c.root, 'export/contact?format=xlsx&fields=birthday,do_not_call,organization'))['xl/worksheets/sheet1.xml'])
    assert.deepEqual([people.B2.text, people.C2.text], ['31149', '1'])
    assert.match(people.C2.attributes, /t="b"/)
    assert.match(people.D2.text, /HYPERLINK/)
  })

  test('figures of more than fifteen digits and texts of more than a cell are not made other ones', async () => {
    const big = await c.root.create('organization', { name: 'Big', employees: '9007199254740993', description: 'я'.repeat(33000) })
    const at = cells((await c.book(c.root, `export/organization?format=xlsx&fields=employees,description&where=${encodeURIComponent(`id == '${big.id}'`)}`))['xl/worksheets/sheet1.xml'])
    assert.equal(at.B2.text, '9007199254740993')
    assert.match(at.B2.attributes, /inlineStr/)
    assert.equal([...at.C2.text].length, 32767)
    assert.ok(at.C2.text.endsWith('я…'))
  })

  test('cards are folded, escaped and complete', async () => {
    const company = await c.root.create('organization', { name: 'Рога, Копыта; и Ко', website: 'https://example.org', phones: [{ value: '+1 555', label: 'work', primary: true }] })
    const person = await c.root.create('contact', { last_name: 'Иванов', first_name: 'Пётр', middle_name: 'Ильич', job_title: 'CEO, founder', organization: company.id, birthday: '1985-04-12', external_id: 'crm-7',
      emails: [{ value: 'p@example.org', label: 'work', primary: true }, { value: 'q@example.org', label: 'home' }], phones: [{ value: '+7 900', label: 'mobile' }], addresses: [{ value: 'Main st, 1\nTown' }],
      messengers: [{ value: '@petr', label: 'telegram' }], description: `Строка один\nstroke \\ two; ${'длинно '.repeat(30)}` })
    const text = await c.cards(c.root, `export/contact?format=vcf&where=${encodeURIComponent(`id == '${person.id}'`)}`)
    assert.ok(text.startsWith('BEGIN:VCARD\r\nVERSION:4.0\r\n') && text.endsWith('END:VCARD\r\n'))
    for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
    assert.ok(!text.includes('\uFFFD'), 'no character is cut')
    const lines = text.replaceAll('\r\n ', '').split('\r\n')
    for (const wanted of ['FN:Пётр Иванов', 'N:Иванов;Пётр;Ильич;;', 'UID:crm-7', 'ORG:Рога\\, Копыта\\; и Ко', 'TITLE:CEO\\, founder', 'TEL;TYPE=cell:+7 900', 'EMAIL;TYPE=work;PREF=1:p@example.org',
      'EMAIL;TYPE=home:q@example.org', 'ADR:;;Main st\\, 1\\nTown;;;;', 'BDAY:19850412', 'IMPP:telegram:@petr'].map((line) => line.replaceAll('\\\\', '\\')))
      assert.ok(lines.some((line) => line === wanted || line.replace(';PREF=1', '') === wanted), `${wanted} in\n${lines.join('\n')}`)
    assert.ok(lines.some((line) => line.startsWith('NOTE:Строка один\\nstroke \\\\ two\\; длинно')), lines.join('\n'))
    const org = (await c.cards(c.root, `export/organization?format=vcf&where=${encodeURIComponent(`id == '${company.id}'`)}`)).replaceAll('\r\n ', '').split('\r\n')
    assert.ok(org.includes('KIND:org') && org.includes('URL:https://example.org') && org.includes(`UID:urn:perigee:organization:${company.id}`), org.join('\n'))
  })

  test('kinds that are none, entities that are no cards, and people who may not', async () => {
    await c.root.refused(400, 'unknown_format', 'GET', 'export/contact?format=pdf')
    await c.root.refused(400, 'no_vcard', 'GET', 'export/deal?format=vcf')
    await c.root.refused(400, null, 'GET', 'export/contact?format=xlsx&where=nonsense')
    for (const format of ['xlsx', 'vcf']) await c.sue.refused(403, 'forbidden', 'GET', `export/contact?format=${format}`)
    assert.equal(Object.keys(cells((await c.book(c.hal, 'export/contact?format=xlsx&fields=name'))['xl/worksheets/sheet1.xml'])).filter((at) => at.startsWith('A')).length, 1, 'only what is hers')
  })

  test('the command writes the same', async () => {
    const text = c.perigee.cli(['export', 'contact', '--format', 'vcf'])
    assert.match(typeof text === 'string' ? text : text.stdout, /UID:crm-7/)
  })

  test('who sends a file slowly keeps nobody waiting', async () => {
    const { hostname, port } = new URL(c.root.base)
    const lines = Array.from({ length: 4 * cpus().length + 8 }, () => connect(port, hostname))
    let ended = 0
    for (const line of lines) line.on('close', () => ended++).on('error', () => {}).resume()
    await Promise.all(lines.map((line) => new Promise((sent) => line.write(`POST /api/v1/files?name=a.txt HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${c.root.token}\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\nx`, sent))))
    for (let i = 0; i < 3; i++) {
      await c.root.query({ from: 'organization', measures: { n: 'count()' } })
      await c.root.create('organization', { name: `Beside ${i}` })
    }
    assert.equal(ended, 0, 'they still send')
    for (const line of lines) line.destroy()
  })
})
