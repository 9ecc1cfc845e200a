// A person's calendar as a feed: what stands in it, whose address opens it, and when it is over.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const definitions = `
role "blind" {
  entities = {
    activity = { read = "owner == me()", create = true, update = "owner == me()", hidden = { "body", "location" } },
    contact = { read = true, hidden = { "birthday" } },
  },
}
`
const open = async (c) => {
  const { perigee } = c
  for (const [login, role] of [['root', 'admin'], ['sue', 'sales'], ['bea', 'blind']]) perigee.cli(['user', 'add', login, '--role', role, '--team', 'North'])
  await perigee.serve()
  for (const login of ['root', 'sue', 'bea']) c[login] = perigee.client(perigee.token(login))
  c.nobody = perigee.client('')
  c.address = async (client) => (await client.expect(201, 'POST', 'me/calendar')).path
  c.lines = async (path) => (await c.nobody.expect(200, 'GET', path)).replaceAll('\r\n ', '').split('\r\n')
}

onEngines('calendar feed', { definitions: { 'sales/entities/blind.lua': definitions } }, open, (test, c) => {
  test('one has no address until one makes it; activities with a time and birthdays stand in the feed', async () => {
    assert.deepEqual(await c.sue.get('me/calendar'), { created_at: null, path: null })
    const meeting = await c.sue.create('activity', { subject: 'Meet; greet, eat', kind: 'meeting', starts_at: '2026-11-25T10:00:00Z', ends_at: '2026-11-25T11:30:00Z', body: 'line one\nline two', location: 'Room 1', recurrence: 'FREQ=WEEKLY;COUNT=3', reminders: [15, { minutes: 60 }, 'x'] })
    await c.sue.create('activity', { subject: 'Due only', due_at: '2026-11-26T09:00:00Z', recurrence: 'every day\nEND:VEVENT' })
    await c.sue.create('activity', { subject: 'Whole day', starts_at: '2026-11-27T00:00:00Z', ends_at: '2026-11-28T00:00:00Z', all_day: true })
    await c.sue.create('activity', { subject: 'No time' })
    await c.root.create('activity', { subject: 'Another person', due_at: '2026-11-26T09:00:00Z' })
    const person = await c.sue.create('contact', { last_name: 'Leap', first_name: 'Ann', birthday: '1992-02-29' })
    await c.sue.create('contact', { last_name: 'Plain', birthday: '1985-04-12' })
    const path = await c.address(c.sue)
    assert.match(path, /^\/api\/v1\/calendars\/[0-9a-f]{64}\.ics$/)
    const answer = await c.nobody.request('GET', path)
    assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8')
    for (const line of answer.text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
    const lines = await c.lines(path)
    const has = (...wanted) => { for (const line of wanted) assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`) }
    has('BEGIN:VCALENDAR', 'VERSION:2.0', 'END:VCALENDAR', `UID:activity-${meeting.id}@perigee`, 'SUMMARY:Meet\\; greet\\, eat', 'DTSTART:20261125T100000Z', 'DTEND:20261125T113000Z', 'DESCRIPTION:line one\\nline two', 'LOCATION:Room 1', 'RRULE:FREQ=WEEKLY;COUNT=3', 'TRIGGER:-PT15M', 'TRIGGER:-PT60M')
    has('DTSTART:20261126T090000Z', 'DTSTART;VALUE=DATE:20261127', 'DTEND;VALUE=DATE:20261129')
    has('SUMMARY:Birthday: Ann Leap', 'DTSTART;VALUE=DATE:19920229', 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1', 'RRULE:FREQ=YEARLY', `UID:birthday-${person.id}@perigee`)
    assert.equal(lines.filter((line) => line === 'BEGIN:VEVENT').length, 5)
    assert.equal(lines.filter((line) => line === 'END:VEVENT').length, 5)
    assert.ok(!lines.some((line) => /No time|Another person|every day/.test(line)))
    const kept = await c.sue.get('me/calendar')
    assert.ok(kept.created_at && kept.path === null, 'the address is told once')
  })

  test('a reader that has it is told so; a change makes another tag', async () => {
    const path = await c.address(c.sue)
    const first = await c.nobody.request('GET', path)
    const etag = first.headers.get('etag')
    assert.ok(etag)
    const again = await c.nobody.request('GET', path, { headers: { 'If-None-Match': etag } })
    assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag])
    await c.sue.create('activity', { subject: 'New', due_at: '2026-12-01T09:00:00Z' })
    const changed = await c.nobody.request('GET', path, { headers: { 'If-None-Match': etag } })
    assert.equal(changed.status, 200)
    assert.notEqual(changed.headers.get('etag'), etag)
  })

  test('fields that a role hides are not in it, and rights are those of now', async () => {
    await c.bea.create('activity', { subject: 'Shown', due_at: '2026-12-01T09:00:00Z' })
    const path = await c.address(c.bea)
    const text = (await c.lines(path)).join('\n')
    assert.ok(text.includes('SUMMARY:Shown') && !text.includes('birthday') && !text.includes('Birthday'), text)
  })

  test('the address opens the feed alone, a new one ends it, and so do revoking and leaving', async () => {
    const first = await c.address(c.sue)
    const token = first.match(/[0-9a-f]{64}/)[0]
    await c.perigee.client(token).refused(401, null, 'GET', 'records/contact')
    const second = await c.address(c.sue)
    await c.nobody.refused(404, 'not_found', 'GET', first)
    await c.lines(second)
    await c.sue.expect(204, 'DELETE', 'me/calendar')
    await c.nobody.refused(404, 'not_found', 'GET', second)
    assert.deepEqual(await c.sue.get('me/calendar'), { created_at: null, path: null })
    const third = await c.address(c.sue)
    const sue = (await c.root.get('records/user', { where: "login == 'sue'" })).records[0]
    await c.root.patch('user', sue.id, { active: false })
    await c.nobody.refused(404, 'not_found', 'GET', third)
    for (const path of ['/api/v1/calendars/x', `/api/v1/calendars/${'0'.repeat(64)}.ics`, `/api/v1/calendars/${'0'.repeat(64)}`]) await c.nobody.refused(404, 'not_found', 'GET', path)
  })
})
