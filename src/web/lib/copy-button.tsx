import { useEffect, useState } from 'preact/hooks'
import { copy } from './copy.ts'

interface Properties {
  label: string
  /** For screen readers, where the label alone says too little. */
  name?: string
  /** Called only when it is copied. */
  text: () => string
}

const SHOWN = 1500

export function CopyButton({ label, name, text }: Properties) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | undefined>(undefined)
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(undefined), SHOWN)
    return () => clearTimeout(timer)
  }, [outcome])
  const click = async () => setOutcome((await copy(text())) ? 'copied' : 'refused')
  return (
    <button type="button" aria-label={outcome ?? name ?? label} onClick={() => void click()}>
      {outcome ?? label}
    </button>
  )
}
