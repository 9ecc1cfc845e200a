import type { ComponentChildren, JSX } from 'preact'

interface ButtonProps extends Omit<JSX.HTMLAttributes<HTMLButtonElement>, 'icon'> {
  children: ComponentChildren
  look?: 'plain' | 'primary' | 'danger' | 'quiet'
  type?: 'button' | 'submit'
  icon?: boolean
  disabled?: boolean
}

export function Button({ children, look = 'plain', type = 'button', icon, disabled, class: more, ...rest }: ButtonProps) {
  return (
    <button {...rest} type={type} disabled={disabled ?? false} class={`button ${look}${icon ? ' icon' : ''}${more ? ` ${String(more)}` : ''}`}>
      {children}
    </button>
  )
}
