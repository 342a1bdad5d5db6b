/** On narrow screens only its sign is seen. */
export function Brand({ name }: { name: string }) {
  return (
    <h1>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M2.5 4.5h11M2.5 8h7M2.5 11.5h9" />
      </svg>
      <span>{name}</span>
    </h1>
  )
}
