const format = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})

/** Friday 20 November 2026 */
export const dayName = (at: Date): string => (Number.isNaN(at.getTime()) ? 'No time' : format.format(at))
