// Numbers that the reader sets, for what-ifs; they stand in the address, and what the report says by itself
// stands in none.
import { language } from '../locale/i18n'
import type { Answer, Input, Parameters } from './wire'

interface InputsProps { answer: Answer; parameters: Parameters; onChoose: (next: Partial<Parameters>) => void }

export function Inputs({ answer, parameters, onChoose }: InputsProps) {
  if (!answer.inputs?.length) return null
  const comma = new Intl.NumberFormat(language.value).format(1.5).charAt(1)
  const set = (input: Input, typed: string): void => {
    const text = typed.trim().replace(',', '.')
    const { [input.name]: _, ...others } = parameters.inputs ?? {}
    const inputs = text === '' || Number(text) === Number(input.default) ? others : { ...others, [input.name]: text }
    onChoose({ inputs })
  }
  return (
    <div class="report-inputs">
      {answer.inputs.map((input) => (
        <label key={`${input.name}/${input.value}`} class="field" title={input.note}>
          <span>{input.label}</span>
          <input class="input" inputMode="decimal" name={input.name} defaultValue={String(input.value).replace('.', comma)} autocomplete="off"
            onChange={(event) => set(input, event.currentTarget.value)} onFocus={(event) => event.currentTarget.select()} />
        </label>
      ))}
    </div>
  )
}
