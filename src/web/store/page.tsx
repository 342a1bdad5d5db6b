import { useValue } from '../lib/state.ts'
import { Chart } from './chart.tsx'
import { Help } from './help.tsx'
import { ListBar } from './list-bar.tsx'
import { RecordList } from './record-list.tsx'
import { SearchBox } from './search-box.tsx'
import { wrapped } from './settings.ts'
import { SidePanel } from './side-panel.tsx'
import { StatusLine } from './status-line.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function Page() {
  return (
    <>
      <a class="skip" href="#records">
        Skip to the records
      </a>
      <header class="top">
        <h1>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2.5 4.5h11M2.5 8h7M2.5 11.5h9" />
          </svg>
          <span>Sluice</span>
        </h1>
        <SearchBox />
        <ThemeSwitch />
      </header>
      <Chart />
      <div class="columns">
        <SidePanel />
        <Records />
      </div>
      <StatusLine />
      <Help />
    </>
  )
}

function Records() {
  return (
    <main id="records" class={useValue(wrapped) ? 'wrapped' : ''} aria-label="Records" tabIndex={-1}>
      <ListBar />
      <RecordList />
    </main>
  )
}
