// A person on the road with a phone: finds a customer, writes down a call, ticks a task of the day and moves
// a deal by touch, without the page ever being wider than the screen; what landed in the database.
import assert from 'node:assert/strict'
import { axe, openList, phone } from '../browser.mjs'
import { inOffices, until } from '../office.mjs'

inOffices('a phone', { people: ['boss', 'rest'], page: { viewport: phone } }, (test, opened) => {
  let admin, page, deal, me
  opened(async (office) => {
    ({ admin, page } = office)
    me = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
    const organization = await admin.create('organization', { name: 'Quayside Stores', owner: me.id })
    deal = await admin.create('deal', { name: 'Shelves', organization: organization.id, owner: me.id })
    await admin.create('activity', { kind: 'task', subject: 'Bring the samples', due_at: '2026-01-10T09:00:00Z', owner: me.id, about: { entity: 'deal', id: deal.id } })
  })
  const fits = async (where) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${where} scrolls sideways`)

  test('the list has lines, words find the customer, and the record opens', async () => {
    await openList(page, '/organization')
    await page.locator('.line-row a', { hasText: 'Quayside Stores' }).click()
    await page.locator('h1', { hasText: 'Quayside Stores' }).waitFor()
    await fits('the record')
    assert.deepEqual(await axe(page), [])
  })

  test('a code before the camera is looked for, and the camera is off again', async () => {
    const product = await admin.create('product', { code: '4006381333931', name: 'Marker, yellow' })
    await page.addInitScript(() => {
      globalThis.BarcodeDetector = class { async detect(video) { return video.readyState >= 2 ? [{ rawValue: '4006381333931' }] : [] } }
      navigator.mediaDevices.getUserMedia = async () => {
        const canvas = document.createElement('canvas')
        const stream = canvas.captureStream()
        globalThis.camera = stream.getTracks()[0]
        const paper = canvas.getContext('2d')
        setInterval(() => { paper.fillStyle = paper.fillStyle === '#000000' ? '#ffffff' : '#000000'; paper.fillRect(0, 0, 300, 150) }, 50)
        return stream
      }
    })
    await page.goto('/product')
    await page.locator('.bottom-bar').getByRole('button', { name: 'Search' }).click()
    await page.getByRole('button', { name: 'Scan a code' }).click()
    await page.locator('.palette-item', { hasText: 'Marker, yellow' }).click()
    await page.waitForURL(new RegExp(`/product/${product.id}`))
    assert.equal(await page.evaluate(() => globalThis.camera.readyState), 'ended')
    assert.deepEqual(page.troubles, [])
  })

  test('a call is written down where the deal is', async () => {
    await page.goto(`/deal/${deal.id}?compose=call`)
    await page.locator('#compose-subject').fill('On the way')
    await page.getByRole('button', { name: /^Write down/ }).click()
    await page.locator('.event[data-kind=call]', { hasText: 'On the way' }).waitFor()
    const [call] = (await admin.get('records/activity', { where: `about == "${deal.id}" and kind == "call"` })).records
    assert.deepEqual([call.subject, call.owner.title], ['On the way', 'Anna Kern'])
    await fits('the composer')
  })

  test('the day is ticked, and the deal moved by the menu of its card', async () => {
    await page.goto('/')
    await page.getByRole('checkbox', { name: 'Done: Bring the samples' }).click()
    await until(async () => (await admin.get('records/activity', { where: 'subject == "Bring the samples"' })).records[0].status, 'done')
    await fits('the day')
    await page.goto('/deal?as=board')
    const card = page.locator('.card', { hasText: 'Shelves' })
    await card.getByRole('button').click()
    await page.getByRole('menuitemradio', { name: 'Qualified' }).click()
    await until(async () => (await admin.get(`records/deal/${deal.id}`)).stage.title, 'Qualified')
    await fits('the board')
    assert.deepEqual(page.troubles, [])
  })
})
