// What a finger is to hit is 44 pixels high and wide on the screens that are used on a phone; links in the
// middle of a text, and figures in a table of a report, are as high as their lines.
import assert from 'node:assert/strict'
import { axe, phone } from './browser.mjs'
import { inOffices } from './office.mjs'

/** What can be hit and is smaller, with the size of what takes the hit: the box itself, its label or its whole row. */
function tooSmall() {
  const inText = '.sub a, .crumbs span, .report-figure, .visually-hidden, .skip'
  const found = []
  for (const element of document.querySelectorAll('a, button, input, select, textarea')) {
    const box = element.getBoundingClientRect()
    const style = getComputedStyle(element)
    const isSeen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && style.visibility !== 'hidden'
    if (!isSeen || element.matches(inText)) continue
    const reach = getComputedStyle(element, '::after')
    const row = reach.position === 'absolute' && reach.content !== 'none' ? element.closest('li') : null
    const taking = [box, ...[row, element.closest('label')].flatMap((one) => (one ? [one.getBoundingClientRect()] : []))]
    const [width, height] = ['width', 'height'].map((side) => Math.round(Math.max(...taking.map((one) => one[side]))))
    if (width < 44 || height < 44) found.push(`${width} x ${height} ${element.tagName.toLowerCase()}.${element.className} in ${element.parentElement.className}`)
  }
  return found
}

inOffices('fingers', { engines: ['sqlite'], demo: 60, page: { viewport: phone, touch: true } }, (test, opened) => {
  let page, deal
  opened(async (office) => {
    ({ page } = office)
    deal = (await office.admin.get('records/deal', { where: "stage.kind == 'open'", limit: 1 })).records[0]
  })
  const screens = [
    ['the day', () => '/?scope=all', '.home-row'],
    ['the list', () => `/deal?where=${encodeURIComponent('amount > 10')}`, '.line-row a'],
    ['the board', () => '/deal?as=board', '.card'],
    ['a record', () => `/deal/${deal.id}`, '.event'],
    ['the agenda', () => '/activity?as=calendar', '.agenda, .empty'],
    ['a day of the calendar', () => '/activity?as=calendar&span=day', '.hours-column'],
    ['a new record', () => '/deal/new', '#new-name'],
    ['a report', () => '/reports/revenue_by_month', '.report-table tbody tr'],
  ]
  for (const [name, path, ready] of screens)
    test(`${name} is made for them`, async () => {
      await page.goto(path())
      await page.locator(ready).first().waitFor()
      assert.deepEqual(await page.evaluate(tooSmall), [])
      assert.deepEqual(await axe(page), [])
    })

  test('so are the drawer, a menu, the filter and what is done to chosen records', async () => {
    const opens = [['.bottom-bar button >> nth=-1', '.nav[data-open=true]'], ['.list-tools .button >> nth=-1', '.menu-item'], ['.chip.add', '.field-list .menu-item'], ['.line-pick >> nth=0', '.bulk']]
    for (const [press, shown] of opens) {
      await page.goto('/deal')
      await page.locator('.line-row a').first().waitFor()
      await page.locator(press).click()
      await page.locator(shown).first().waitFor()
      assert.deepEqual(await page.evaluate(tooSmall), [], shown)
    }
    assert.deepEqual(page.troubles, [])
  })
})
