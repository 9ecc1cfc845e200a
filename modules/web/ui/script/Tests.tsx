// The tests that a script holds, run on the text as it stands in the editor.
import { milliseconds } from '../admin/RunPage'
import { Button } from '../kit/Button'
import { Tag } from '../kit/Tag'
import type { DeskState } from './writing'
import { outcomeName } from './outcome'
import { te } from './texts'

export function Tests({ desk }: { desk: DeskState }) {
  return (
    <>
      <div class="run-head"><Button disabled={desk.busy} onClick={() => void desk.runTests()}>{te('run_tests')}</Button><span class="hint">{te('tests_note')}</span></div>
      {desk.tests?.length === 0 && <p class="hint" role="status">{te('tests_none')}</p>}
      {desk.tests && desk.tests.length > 0 && (
        <div class="scroll-box" tabIndex={0} role="region" aria-label={te('panel_tests')}>
          <table class="grid-rows script-rows">
            <thead><tr><th scope="col">{te('test')}</th><th scope="col">{te('outcome')}</th><th scope="col" class="number">{te('took')}</th></tr></thead>
            <tbody>
              {desk.tests.map((item, index) => (
                <tr key={index}>
                  <td><button type="button" class="link" onClick={() => desk.goTo(item.line ?? 1)}>{item.test}</button></td>
                  <td><Tag text={outcomeName(item.outcome)} color={item.outcome === 'ok' ? 'green' : 'red'} />{item.message && <div class="field-error">{item.message}{item.where ? ` (${item.where})` : ''}</div>}</td>
                  <td class="number">{milliseconds(item.cpu_us)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
