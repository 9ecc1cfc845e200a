export function Tag({ text, color }: { text: string; color?: string | undefined }) {
  return <span class={`tag ${color ?? ''}`}><span>{text}</span></span>
}
