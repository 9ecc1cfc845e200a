// Workbooks and cards as imports: what other programs write is read as people see it, what an export
// writes comes back the same, and files made to do harm are refused in words.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'
import { zip } from './support/unzip.mjs'

const headers = { 'Content-Type': 'application/octet-stream' }
const open = async (c) => {
  const { perigee } = c
  perigee.cli(['user', 'add', 'root', '--role', 'admin', '--team', 'North'])
  await perigee.serve()
  c.root = perigee.client(perigee.token('root'))
  c.path = (entity, query) => `imports?${new URLSearchParams({ entity, ...query })}`
  c.dry = (entity, body, query = {}) => c.root.expect(200, 'POST', c.path(entity, { dry: '1', ...query }), { body, headers })
  c.preview = (entity, body, query = {}) => c.root.expect(200, 'POST', c.path(entity, { preview: '1', ...query }), { body, headers })
  c.refused = (code, body, query = {}) => c.root.refused(400, code, 'POST', c.path('contact', { dry: '1', ...query }), { body, headers })
  c.load = async (entity, body, query = {}) => {
    const { id } = await c.root.expect(202, 'POST', c.path(entity, query), { body, headers })
    for (const end = Date.now() + 60000; ; await new Promise((done) => setTimeout(done, 30))) {
      const state = await c.root.get(`imports/${id}`)
      if (state.state === 'done' || state.state === 'failed') return state
      if (Date.now() > end) throw new Error(`the import does not end: ${JSON.stringify(state)}`)
    }
  }
  c.bytes = async (path) => {
    const reply = await fetch(`${c.root.base}/api/v1/${path}`, { headers: { Authorization: `Bearer ${c.root.token}` } })
    assert.equal(reply.status, 200, path)
    return Buffer.from(await reply.arrayBuffer())
  }
  c.found = async (entity, where) => (await c.root.get(`records/${entity}`, { where })).records
}

const relations = (sheets) => `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${sheets.map((_, i) => `<Relationship Id="rId${i + 1}" Type="x" Target="worksheets/sheet${i + 1}.xml"/>`).join('')}</Relationships>`
const styles = `<styleSheet xmlns="x"><numFmts count="2"><numFmt numFmtId="164" formatCode="#,##0.00\\ [$EUR]"/><numFmt numFmtId="165" formatCode="dd.mm.yyyy\\ hh:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/><xf numFmtId="165"/></cellXfs></styleSheet>`
/** A workbook of sheets, each the inside of its sheetData, or {data, more, name, state}. */
const book = (sheets, { shared = '', workbook = '', parts = {} } = {}) => {
  const all = sheets.map((sheet) => (typeof sheet === 'string' ? { data: sheet } : sheet))
  return zip({
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<workbook xmlns="x" xmlns:r="y">${workbook}<sheets>${all.map((sheet, i) => `<sheet name="${sheet.name ?? `Sheet${i + 1}`}" sheetId="${i + 1}" r:id="rId${i + 1}"${sheet.state ? ` state="${sheet.state}"` : ''}/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(all),
    'xl/styles.xml': styles,
    ...(shared ? { 'xl/sharedStrings.xml': `<sst xmlns="x">${shared}</sst>` } : {}),
    ...Object.fromEntries(all.map((sheet, i) => [`xl/worksheets/sheet${i + 1}.xml`, `<worksheet xmlns="x"><sheetData>${sheet.data}</sheetData>${sheet.more ?? ''}</worksheet>`])),
    ...parts,
  })
}
const text = (at, value) => `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`
const row = (n, ...cells) => `<row r="${n}">${cells.join('')}</row>`

onEngines('forms of import', {}, open, (test, c) => {
  test('a workbook of another program: shared and rich texts, dates by their looks, booleans, shares, amounts', async () => {
    const shared = '<si><t>Last name</t></si><si><r><t>Iva</t></r><r><rPr><b/></rPr><t xml:space="preserve">nov </t></r><rPh sb="0" eb="1"><t>phonetic</t></rPh></si><si><t>a_x000D_b _x005F_x0041_</t></si>'
    const data = row(1, '<c r="A1" t="s"><v>0</v></c>', text('B1', 'Birthday'), text('C1', 'Do not call'), text('D1', 'Description'), text('E1', 'Interest'))
      + row(3, '<c r="A3" t="s"><v>1</v></c>', '<c r="B3" s="1"><v>31149</v></c>', '<c r="C3" t="b"><v>1</v></c>', '<c r="D3" t="s"><v>2</v></c>', '<c r="E3" s="3"><v>0.07</v></c>')
      + row(4, text('A4', '&lt;Z&gt;'), '<c r="B4" s="1"><f>1+1</f><v>59</v></c>', '<c r="C4" t="b"><v>0</v></c>', '<c r="E4"><v>1.0000000000000001E-3</v></c>')
    const state = await c.load('contact', book([data], { shared }))
    assert.deepEqual([state.state, state.created, state.rejected], ['done', 2, 0], JSON.stringify(state))
    const [first] = await c.found('contact', "starts_with(last_name, 'Ivanov')")
    assert.deepEqual([first.last_name.trim(), first.birthday, first.do_not_call, first.description, first.interest], ['Ivanov', '1985-04-12', true, 'a\rb _x0041_', '7%'])
    const [second] = await c.found('contact', "last_name == '<Z>'")
    assert.deepEqual([second.birthday, second.do_not_call, second.interest], ['1900-02-28', false, '0.001'])
    const money = await c.load('organization', book([row(1, text('A1', 'Name'), text('B1', 'Annual revenue'), text('C1', 'Employees')) + row(2, text('A2', 'Euro'), '<c r="B2" s="2"><v>1054.5</v></c>', '<c r="C2"><v>12</v></c>')]))
    assert.equal(money.created, 1, JSON.stringify(money))
    assert.deepEqual((await c.found('organization', "name == 'Euro'"))[0].annual_revenue, { amount: '1054.50', currency: 'EUR' })
    const since1904 = await c.load('contact', book([row(1, text('A1', 'Last name'), text('B1', 'Birthday')) + row(2, text('A2', 'Mac'), '<c r="B2" s="1"><v>29687</v></c>')], { workbook: '<workbookPr date1904="1"/>' }))
    assert.equal(since1904.created, 1)
    assert.equal((await c.found('contact', "last_name == 'Mac'"))[0].birthday, '1985-04-12')
  })

  test('titles above the headings and headings over several columns', async () => {
    const data = row(1, text('A1', 'Customers of the year')) + row(3, text('A3', 'Last name'), text('B3', 'Work'), text('D3', 'Birthday')) + row(4, text('B4', 'Phone'), text('C4', 'Email')) + row(5, text('A5', 'Merged'), text('B5', '+1'), text('C5', 'm@example.org'), text('D5', 'not a day')) + row(6, text('A6', 'Next'), text('D6', '1999-01-01'))
    const file = book([{ data, more: '<mergeCells count="3"><mergeCell ref="A1:D1"/><mergeCell ref="B3:C3"/><mergeCell ref="A3:A4"/></mergeCells>' }])
    const seen = await c.preview('contact', file)
    assert.deepEqual(seen.columns.map((column) => [column.column, column.field]), [['Last name', 'last_name'], ['Work Phone', 'phones.work'], ['Work Email', 'emails.work'], ['Birthday', 'birthday']])
    assert.equal(seen.form, 'xlsx')
    const dry = await c.dry('contact', file)
    assert.deepEqual([dry.rejected, dry.reasons[0].line], [1, 5], 'the row of the sheet')
  })

  test('the first sheet that is shown, or one by its name', async () => {
    const sheet = (name) => row(1, text('A1', 'Last name'), text('B1', 'Interest')) + row(2, text('A2', name), text('B2', 'x'))
    const file = book([{ data: sheet('Hidden'), name: 'Old', state: 'hidden' }, { data: sheet('Shown'), name: 'People' }, { data: sheet('Third'), name: 'Третий' }])
    const seen = await c.preview('contact', file)
    assert.deepEqual([seen.sheets, seen.sheet, seen.columns[0].samples[0].text], [['Old', 'People', 'Третий'], 'People', 'Shown'])
    assert.equal((await c.preview('contact', file, { sheet: 'Третий' })).columns[0].samples[0].text, 'Third')
    assert.equal((await c.load('contact', file, { sheet: 'Третий' })).created, 1)
    assert.equal((await c.found('contact', "last_name == 'Third'")).length, 1)
    await c.refused('xlsx_no_sheet', file, { sheet: 'None' })
  })

  test('files made to do harm are refused', async () => {
    const good = row(1, text('A1', 'Last name')) + row(2, text('A2', 'x'))
    const doctype = '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
    await c.refused('xlsx_doctype', book([good], { parts: { 'xl/sharedStrings.xml': `${doctype}<sst><si><t>&c;</t></si></sst>` } }))
    await c.refused('xlsx_doctype', book([good], { parts: { 'xl/worksheets/sheet1.xml': '<!DOCTYPE z [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>' } }))
    await c.refused('xlsx_too_large', book([good], { parts: { 'xl/media/bomb.bin': Buffer.alloc(32 * 1024 * 1024) } }))
    await c.refused('xlsx_too_large', book([good], { shared: `<si><t>${'x'.repeat(65 * 1024 * 1024)}</t></si>`, parts: {} }))
    await c.refused('xlsx_too_large', book([`<row r="1" spans="${'1'.repeat(3 * 1024 * 1024)}"><c r="A1"><v>1</v></c></row>`]))
    await c.refused('xlsx_broken', book([`${'<a>'.repeat(100)}${'</a>'.repeat(100)}`]))
    await c.refused('xlsx_broken', book([good.replace('</c>', '')]))
    await c.refused('xlsx_broken', book([row(5, text('A5', 'x')) + row(2, text('A2', 'y'))]))
    await c.refused('xlsx_no_book', zip({ 'word/document.xml': '<x/>' }))
    await c.refused('xlsx_no_book', book([good]).subarray(0, 300))
    await c.refused('xlsx_encrypted', Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), Buffer.alloc(600)]))
    const damaged = book([good], { parts: {} })
    damaged[damaged.length - 60] ^= 0xff
    assert.ok([200, 400].includes((await c.root.request('POST', c.path('contact', { dry: '1' }), { body: damaged, headers })).status))
  })

  test('what a workbook was exported from comes back the same', async () => {
    const wide = { name: "'=1", employees: 7, annual_revenue: { amount: '0.10', currency: 'USD' }, website: '007', founded_year: 1999, description: 'a\r\nb\t_x000A_ ; "q" \u0001', tax_id: '00123456789012345678', external_id: 'rt-1',
      emails: [{ value: 'a@example.org', label: '', primary: true }, { value: 'b@example.org', label: '' }] }
    await c.root.create('organization', wide)
    await c.root.create('organization', { name: 'Parent of none', annual_revenue: { amount: '123456789012.34', currency: 'EUR' }, external_id: 'rt-2' })
    await c.root.create('contact', { last_name: 'Round', first_name: 'Trip', birthday: '1899-12-31', do_not_call: false, external_id: 'rt-3', zone: 'Europe/Moscow' })
    await c.root.create('activity', { subject: 'Call', kind: 'call', due_at: '2026-03-29T01:30:15.123Z', starts_at: '2026-10-25T00:30:00Z', all_day: true, duration_seconds: 61, external_id: 'rt-4' })
    const names = { organization: 'name,employees,annual_revenue,website,founded_year,description,tax_id,emails,external_id,owner,team', contact: 'last_name,first_name,birthday,do_not_call,zone,external_id,owner', activity: 'subject,kind,due_at,starts_at,all_day,duration_seconds,external_id' }
    for (const [entity, fields] of Object.entries(names)) {
      const query = `where=${encodeURIComponent("starts_with(external_id, 'rt-')")}&sort=external_id&fields=${fields}`
      const json = async () => JSON.parse((await c.bytes(`export/${entity}?format=json&${query}`)).toString()).map(({ id, ...rest }) => rest)
      const before = await json()
      assert.ok(before.length > 0)
      const file = await c.bytes(`export/${entity}?format=xlsx&${query}`)
      await c.root.expect(200, 'POST', `records/${entity}/bulk`, { body: { where: "starts_with(external_id, 'rt-')", delete: true } })
      const state = await c.load(entity, file)
      assert.deepEqual([state.created, state.rejected], [before.length, 0], JSON.stringify(state.reasons))
      assert.deepEqual(await json(), before)
    }
  })

  test('cards of all ages: 2.1 with quoted-printable, 3.0 folded and grouped, 4.0 of our own', async () => {
    const old = ['BEGIN:VCARD', 'VERSION:2.1', 'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2;=D0=9F=D1=91=D1=82=D1=80;;;', 'TEL;CELL;PREF:+7 900', 'TEL;WORK;VOICE:+7 495', 'NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=', 'two', 'PHOTO;ENCODING=BASE64;JPEG:', ' /9j/4AAQ', ' SkZJRg==', '', 'END:VCARD'].join('\r\n')
    const cyrillic = Buffer.concat([Buffer.from('\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251:'), Buffer.from([0xcf, 0xe5, 0xf2, 0xf0, 0xee, 0xe2]), Buffer.from(';\r\nEND:VCARD\r\n')])
    const third = ['BEGIN:VCARD', 'VERSION:3.0', 'FN:Sherlock Holmes', 'item1.EMAIL;type=INTERNET;type=WORK:s@', ' example.org', 'item1.X-ABLabel:x', 'EMAIL;TYPE="home,pref":h@example.org', 'ADR;TYPE=WORK:;;221B Baker St\\, Flat B;London;;NW1;UK', 'BDAY:--0106', 'UID:holmes-1', 'TITLE:Detective', 'END:VCARD', ''].join('\n')
    const dry = await c.dry('contact', Buffer.concat([Buffer.from(old), cyrillic, Buffer.from(third)]))
    assert.deepEqual([dry.created, dry.rejected, dry.photos], [3, 0, 1], JSON.stringify(dry))
    const state = await c.load('contact', Buffer.concat([Buffer.from(old), cyrillic, Buffer.from(third)]))
    assert.equal(state.created, 3)
    const [ivanov] = await c.found('contact', "last_name == 'Иванов'")
    assert.deepEqual([ivanov.first_name, ivanov.description, ivanov.phones.map((phone) => [phone.value, phone.label])], ['Пётр', 'one\r\ntwo', [['+7 900', 'mobile'], ['+7 495', 'work']]])
    assert.equal((await c.found('contact', "last_name == 'Петров'")).length, 1)
    const [holmes] = await c.found('contact', "external_id == 'holmes-1'")
    assert.deepEqual([holmes.last_name, holmes.first_name, holmes.birthday, holmes.job_title, holmes.addresses[0].value, holmes.addresses[0].label], ['Holmes', 'Sherlock', null, 'Detective', '221B Baker St, Flat B, London, NW1, UK', 'work'])
    assert.deepEqual(holmes.emails.map((email) => email.value).sort(), ['h@example.org', 's@example.org'])
    const own = await c.bytes(`export/contact?format=vcf&where=${encodeURIComponent("last_name == 'Иванов' or external_id == 'holmes-1'")}`)
    const again = await c.load('contact', own, { key: 'external_id', mode: 'upsert' })
    assert.equal(again.rejected, 1, 'a card without another key is found by its own number only')
    const same = await c.load('contact', (await c.bytes(`export/contact?format=vcf&where=${encodeURIComponent("external_id == 'holmes-1'")}`)), { key: 'external_id' })
    assert.deepEqual([same.skipped, same.updated, same.created], [1, 0, 0], JSON.stringify(same))
    assert.equal((await c.dry('organization', 'BEGIN:VCARD\nVERSION:4.0\nKIND:org\nFN:Firm\nURL:https://f.example\nEND:VCARD\n')).created, 1)
    assert.equal((await c.dry('lead', 'BEGIN:VCARD\nVERSION:4.0\nFN:Ann Lee\nORG:Firm\nTEL:+1\nEND:VCARD\n')).created, 1)
  })

  test('the command line takes them too', async () => {
    const file = join(c.perigee.folder, 'people.xlsx')
    writeFileSync(file, book([row(1, text('A1', 'Last name')) + row(2, text('A2', 'Commanded'))]))
    const dry = c.perigee.json(['import', 'contact', file, '--dry-run'])
    assert.equal(dry.created, 1, JSON.stringify(dry))
    assert.equal(c.perigee.json(['import', 'contact', file]).created, 1)
    writeFileSync(join(c.perigee.folder, 'p.vcf'), 'BEGIN:VCARD\nVERSION:3.0\nN:Carded;A\nEND:VCARD\n')
    assert.equal(c.perigee.json(['import', 'contact', join(c.perigee.folder, 'p.vcf')]).created, 1)
    c.perigee.cli(['import', 'contact', file, '--sheet', 'None'], { status: 1 })
  })
})
