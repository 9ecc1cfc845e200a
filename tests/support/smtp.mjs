// A mail server for tests: ESMTP on a free port of the loopback, with AUTH, and with the faults of real ones. Knows
// nothing of Perigee.
import { createServer } from 'node:net'

/**
 * `fault(envelope, stage)` is asked at each stage - greeting, ehlo, auth, mail, rcpt, data, half (of the text), text -
 * and answers null, or a reply ("451 later"), "drop" (the connection ends), "mute" (ends after the text came, without
 * a word) or "hold" (stands still).
 */
export async function mailServer({ user = null, password = null, starttls = false } = {}) {
  const box = { mails: [], log: [], fault: () => null, sockets: new Set() }

  const session = (socket) => {
    let rest = ''
    let body = null
    let challenge = null
    let envelope = { to: [] }
    box.sockets.add(socket)
    socket.setEncoding('latin1')
    const say = (line) => socket.writable && socket.write(`${line}\r\n`)
    /** True: the stage went wrong as was asked for. */
    const fails = (stage) => {
      const fault = box.fault(envelope, stage)
      if (!fault) return false
      if (fault === 'drop') socket.destroy()
      else if (fault !== 'hold') say(fault)
      return true
    }
    const enter = (text) => {
      const [, name, secret] = Buffer.from(text, 'base64').toString('utf8').split('\0')
      challenge = null
      if (fails('auth')) return
      if (name === user && secret === password) {
        envelope.user = name
        say('235 2.7.0 accepted')
      } else {
        say('535 5.7.8 wrong')
      }
    }
    const command = (line) => {
      box.log.push(line)
      const [word, argument = ''] = [line.slice(0, 4).toUpperCase(), line.slice(5)]
      if (challenge) return enter(line)
      if (word === 'EHLO' || word === 'HELO') {
        if (fails('ehlo')) return
        const extensions = ['8BITMIME', 'SIZE 33554432', ...(user ? ['AUTH PLAIN'] : []), ...(starttls ? ['STARTTLS'] : [])]
        say([`250-mail.test`, ...extensions.map((name, i) => `250${i + 1 < extensions.length ? '-' : ' '}${name}`)].join('\r\n'))
      } else if (word === 'STAR') {
        say('454 4.7.0 not now')
      } else if (word === 'AUTH') {
        const given = argument.split(' ')[1]
        if (given) enter(given)
        else {
          challenge = true
          say('334 ')
        }
      } else if (word === 'MAIL') {
        const from = argument.match(/<(.*?)>/)[1]
        envelope = { user: envelope.user, from, to: [] }
        if (user && !envelope.user) say('530 5.7.0 who are you')
        else if (!fails('mail')) say('250 2.1.0 fine')
      } else if (word === 'RCPT') {
        envelope.to.push(argument.match(/<(.*?)>/)[1])
        if (!fails('rcpt')) say('250 2.1.5 fine')
      } else if (word === 'DATA') {
        if (fails('data')) return
        body = ''
        say('354 go on')
      } else if (word === 'RSET' || word === 'NOOP') {
        say('250 2.0.0 fine')
      } else if (word === 'QUIT') {
        say('221 2.0.0 bye')
        socket.end()
      } else {
        say('502 5.5.2 what')
      }
    }
    const text = () => {
      const end = rest.startsWith('.\r\n') ? 0 : rest.indexOf('\r\n.\r\n')
      if (end < 0) return
      body = rest.slice(0, end)
      rest = rest.slice(end + (end ? 5 : 3))
      const fault = box.fault(envelope, 'text')
      if (!fault || fault === 'mute' || fault === 'hold') box.mails.push(parse(envelope, body.replace(/^\.\./gm, '.')))
      body = null
      if (fault === 'mute') socket.destroy()
      else if (fault && fault !== 'hold') say(fault)
      else if (!fault) say('250 2.0.0 taken')
    }
    // A long text is put together once, when its end is there.
    let pieces = []
    let tail = ''
    socket.on('data', (chunk) => {
      if (body !== null) {
        pieces.push(chunk)
        const seam = tail + chunk
        tail = seam.slice(-5)
        if (!seam.includes('\r\n.\r\n')) {
          if (box.fault(envelope, 'half') === 'drop') socket.destroy()
          return
        }
        chunk = pieces.join('')
      }
      pieces = []
      tail = ''
      rest += chunk
      for (;;) {
        if (body !== null) {
          const before = rest
          text()
          if (body !== null || rest === before) return
          continue
        }
        const end = rest.indexOf('\r\n')
        if (end < 0) return
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        command(line)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => box.sockets.delete(socket))
    if (!fails('greeting')) say('220 mail.test ESMTP')
  }

  const server = createServer(session)
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  server.unref()
  box.port = server.address().port
  box.close = () => {
    for (const socket of box.sockets) socket.destroy()
    server.close()
  }
  return box
}

const words = (value) => value.replace(/\r\n /g, ' ').replace(/=\?UTF-8\?B\?(.*?)\?=( (?==\?))?/g, (_, text) => `\u0000${text}\u0000`)
  .replace(/(?:\u0000[^\u0000]*\u0000)+/g, (all) => Buffer.concat(all.split('\u0000').filter(Boolean).map((one) => Buffer.from(one, 'base64'))).toString('utf8'))

function part(text) {
  const at = text.indexOf('\r\n\r\n')
  const headers = {}
  for (const line of text.slice(0, at).replace(/\r\n[ \t]/g, '\r\n ').split(/\r\n(?! )/))
    headers[line.slice(0, line.indexOf(':')).toLowerCase()] = words(line.slice(line.indexOf(':') + 1).trim())
  const body = text.slice(at + 4)
  const border = headers['content-type']?.match(/boundary="(.*?)"/)?.[1]
  if (border) return { headers, parts: body.split(`--${border}`).slice(1, -1).map((one) => part(one.slice(2))) }
  const bytes = Buffer.from(body, 'base64')
  return { headers, bytes, text: bytes.toString('utf8') }
}

/** The envelope with headers, and the texts by their types; everything else is an attachment. */
function parse(envelope, raw) {
  const whole = part(raw)
  const all = [whole]
  for (const one of all) all.push(...(one.parts ?? []))
  const of = (type) => all.find((one) => one.bytes && !one.headers['content-disposition'] && one.headers['content-type'].startsWith(type))?.text
  const files = all.filter((one) => one.headers['content-disposition'])
    .map((one) => ({ name: decodeURIComponent(one.headers['content-disposition'].split("UTF-8''")[1]), type: one.headers['content-type'], bytes: one.bytes }))
  return { ...envelope, to: [...envelope.to], headers: whole.headers, text: of('text/plain'), html: of('text/html'), files, raw }
}
