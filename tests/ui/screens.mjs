// The main screens: where each starts, and how a page is brought to show it.
const go = (path, ready) => async (page) => {
  await page.goto(path)
  await page.locator(ready).first().waitFor()
}
async function palette(page) {
  await go('/contact', '.list-foot .count')(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(await page.evaluate(() => (document.documentElement.lang === 'ru' ? 'с' : 'a')))
  await page.locator('.palette-item').first().waitFor()
}
async function wizard(page) {
  await go('/contact/import', 'input[type=file]')(page)
  await page.locator('input[type=file]').setInputFiles({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Last name;First name;E-mail;Phone;Birthday\nHolm;Ida;ida@example.com;+49 30 5550101;01.02.1988\nBerg;Tom;tom@example.com;+49 30 5550102;17.11.1979\n'),
  })
  await page.locator('.import-columns').waitFor()
}
/** `path`: where it starts; `theme` and `language`: of its one picture in the guide. */
export const screens = (deal, organization) => [
  { name: 'day', path: '/?scope=all', show: go('/?scope=all', '.page h2') },
  { name: 'list', path: '/deal', show: go('/deal', '.list-foot .sum') },
  { name: 'board', path: '/deal?as=board', show: go('/deal?as=board', '.card'), theme: 'dark' },
  { name: 'record', path: `/deal/${deal}`, show: go(`/deal/${deal}`, '.event') },
  { name: 'organization', path: `/organization/${organization}`, show: go(`/organization/${organization}`, '.event'), language: 'ru' },
  { name: 'calendar', path: '/activity?as=calendar', show: go('/activity?as=calendar', 'main'), theme: 'dark', language: 'ru' },
  { name: 'report', path: '/reports/revenue_by_month', show: go('/reports/revenue_by_month', '.report-chart svg') },
  { name: 'palette', path: '/contact', show: palette },
  { name: 'import', path: '/contact/import', show: wizard },
  { name: 'roles', path: '/admin/roles', show: go('/admin/roles', '.grid-rows'), language: 'ru' },
  { name: 'pipelines', path: '/admin/pipelines', show: go('/admin/pipelines', '.grid-rows') },
  { name: 'fields', path: '/admin/entities', show: go('/admin/entities', '.grid-rows') },
  { name: 'log', path: '/admin/log', show: go('/admin/log', '.grid-rows') },
]
