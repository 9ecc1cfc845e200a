// Days that a page is narrowed to, as moments.
const DAY_MS = 86400000

/** The first moment of a day here, or of the one after. */
export function moment(day: string, shift: number): string | undefined {
  const at = new Date(`${day}T00:00:00`)
  return day && !Number.isNaN(at.getTime()) ? new Date(at.getTime() + shift * DAY_MS).toISOString() : undefined
}
