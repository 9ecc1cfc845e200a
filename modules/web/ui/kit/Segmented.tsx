// One of a few, all in sight: radio buttons that look like one control.
interface SegmentedProps<T extends string> { label: string; name: string; value: T; options: readonly { value: T; label: string }[]; onChange: (value: T) => void }

export function Segmented<T extends string>({ label, name, value, options, onChange }: SegmentedProps<T>) {
  return (
    <fieldset class="segmented">
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
